/** Figures and names as a reader wants them. */
import { judgeWait } from "../call/waterfall.ts";

/** 0:07, 12:40, 1:02:03. */
export function formatDuration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const parts = [Math.floor(seconds / 60) % 60, seconds % 60].map((part) => String(part).padStart(2, "0"));
  const hours = Math.floor(seconds / 3600);
  return hours > 0 ? `${hours}:${parts.join(":")}` : parts.join(":").replace(/^0/, "");
}

/** 8.4 ms, 412 ms, 1.24 s. */
export function formatMs(ms: number): string {
  if (ms >= 1000) return `${(ms / 1000).toFixed(2)} s`;
  return `${ms < 10 ? Math.round(ms * 10) / 10 : Math.round(ms)} ms`;
}

const reasons: Record<string, string> = {
  "caller-hung-up": "Caller hung up",
  "agent-ended": "Agent said goodbye",
  idle: "Nobody spoke",
  "max-duration": "Longest duration",
  operator: "Ended by operator",
  failed: "Failed",
  draining: "Server stopped",
  "connection-lost": "Connection lost",
  refused: "Refused",
};
export const formatReason = (reason: string) => reasons[reason] ?? reason.replaceAll("-", " ");

export function formatLanguage(tag: string): string {
  if (tag === "ar-EG") return "Egyptian Arabic";
  if (tag.startsWith("en")) return "English";
  return new Intl.DisplayNames("en", { type: "language" }).of(tag) ?? tag;
}

/** "14:05" today, "Mon 14:05" this week, else "3 Nov, 14:05". */
export function formatWhen(iso: string, now: Date): string {
  const date = new Date(iso);
  const time = date.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
  if (date.toDateString() === now.toDateString()) return time;
  const days = (now.getTime() - date.getTime()) / 86_400_000;
  if (days < 6) return `${date.toLocaleDateString("en-GB", { weekday: "short" })} ${time}`;
  return `${date.toLocaleDateString("en-GB", { day: "numeric", month: "short" })}, ${time}`;
}

const names: Record<string, string> = {
  builtin: "Built in",
  deepgram: "Deepgram",
  elevenlabs: "ElevenLabs",
  openai: "OpenAI",
  anthropic: "Anthropic",
  mistral: "Mistral",
};
export const formatProvider = (id: string) => names[id] ?? id;

const waitColors = { good: "text-good", fair: "text-fair", slow: "text-slow" } as const;
export const waitColor = (ms: number) => waitColors[judgeWait(ms)];

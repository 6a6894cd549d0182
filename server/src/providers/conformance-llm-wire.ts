/** What the cases of `testLanguageModel` are given, and the small tools they share. */
import type { ConversationMessage, LanguageModel, ModelPart, ModelRequest } from "../call/ports.ts";
import type { ScriptedServer } from "./scripted-server.ts";

export interface WireCall {
  readonly id: string;
  readonly name: string;
  readonly pieces: readonly string[];
}

/** How one vendor writes what every vendor says. Each string is bytes of an event stream. */
export interface LlmWire {
  readonly path: string;
  readonly start: string;
  text(text: string): string;
  toolCalls(calls: readonly WireCall[]): string;
  /** The end of a whole reply that used 5 input and 3 output tokens. */
  finish(reason: "stop" | "length" | "tool-calls"): string;
  midStreamError(message: string): string;
  errorBody(kind: "auth" | "rate-limit", message: string): unknown;
  /** Instructions, tools and messages of a request body, in the order the vendor caches them. */
  promptOf(body: unknown): unknown[];
}

export interface LlmConformance {
  readonly name: string;
  readonly wire: LlmWire;
  readonly create: (origin: string, apiKey: string) => LanguageModel;
}

export function modelRequest(overrides: Partial<ModelRequest> = {}): ModelRequest {
  return {
    instructions: "You answer the phone.",
    context: "It is ten o'clock.",
    messages: [{ role: "caller", text: "Hello" }],
    tools: [],
    language: "en-US",
    maxOutputTokens: 100,
    signal: new AbortController().signal,
    ...overrides,
  };
}

export async function collectParts(model: LanguageModel, request: ModelRequest): Promise<ModelPart[]> {
  const parts: ModelPart[] = [];
  for await (const part of model.generate(request)) parts.push(part);
  return parts;
}

export function textOf(parts: readonly ModelPart[]): string {
  return parts.map((part) => (part.type === "text" ? part.text : "")).join("");
}

/** What every case is given. The server and the model exist once the suite has begun. */
export interface LlmCase extends LlmConformance {
  readonly server: () => ScriptedServer;
  readonly model: () => LanguageModel;
}

export const longHistory: ConversationMessage[] = [
  { role: "caller", text: "Is ten free?" },
  { role: "agent", text: "Let me look.", toolCalls: [{ id: "toolcall1", name: "find", input: {} }] },
  { role: "tool", toolCallId: "toolcall1", name: "find", output: { times: ["10:00"] }, failed: false },
  { role: "agent", text: "It is." },
  { role: "caller", text: "Ten, please." },
  { role: "caller", text: "Or eleven." },
  { role: "agent", text: "" },
  { role: "agent", text: "", toolCalls: [{ id: "toolcall2", name: "book", input: { time: "11:00" } }] },
  { role: "caller", text: "Thank you." },
];

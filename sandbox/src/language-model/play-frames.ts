import type { ServerResponse } from "node:http";
import type { AnswerForm, Frame } from "./model-types.ts";
import type { ModelRequestRecord, RequestLog } from "./request-log.ts";
import type { ModelSettings } from "./settings.ts";

type Playing = {
  readonly response: ServerResponse;
  readonly record: ModelRequestRecord;
  readonly log: RequestLog;
  readonly settings: ModelSettings;
};

/** A timer may fire a fraction of a millisecond early. */
const toleranceMs = 0.5;

/**
 * Streams an answer. Every write is due at a time counted from the request's arrival, so that lateness does not add up;
 * what is due together is written together.
 */
export function playFrames(form: AnswerForm, playing: Playing): void {
  new FramePlayer(form, playing).write();
}

class FramePlayer {
  readonly #form: AnswerForm;
  readonly #frames: readonly Frame[];
  readonly #playing: Playing;
  readonly #firstDueMs: number;
  readonly #intervalMs: number;
  #next = 0;
  #tokens = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(form: AnswerForm, playing: Playing) {
    const { settings, record, response } = playing;
    this.#form = form;
    this.#playing = playing;
    this.#frames = withMalformed(form.frames, settings.malformedAfterTokens);
    this.#firstDueMs = record.atMs + settings.firstTokenDelayMs;
    this.#intervalMs = settings.tokensPerSecond === null ? 0 : 1000 / settings.tokensPerSecond;
    response.on("close", () => clearTimeout(this.#timer));
  }

  /** What carries no token goes out with the token before it. */
  #dueMs(): number {
    const isMark = this.#next < this.#frames.length && this.#frames[this.#next]?.tokens === 0;
    return this.#firstDueMs + Math.max(0, this.#tokens - (isMark ? 1 : 0)) * this.#intervalMs;
  }

  write(): void {
    const { response, record, settings, log } = this.#playing;
    const nowMs = performance.now();
    if (this.#dueMs() > nowMs + toleranceMs) return this.#wait();
    log.noteLateness(nowMs - this.#dueMs());
    const data = this.#open() + this.#takeDue(nowMs);
    record.tokensSent = this.#tokens;
    const fault = faultDue(settings, this.#tokens);
    if (fault !== undefined) return applyFault(fault, data, { response, form: this.#form });
    if (this.#next < this.#frames.length) {
      if (data !== "") response.write(data);
      return this.#wait();
    }
    record.finished = true;
    response.end(data + this.#form.close);
  }

  #wait(): void {
    this.#timer = setTimeout(() => this.write(), this.#dueMs() - performance.now());
  }

  #open(): string {
    const { response } = this.#playing;
    if (response.headersSent) return "";
    response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache" });
    return this.#form.open;
  }

  #takeDue(nowMs: number): string {
    let data = "";
    while (this.#next < this.#frames.length && this.#dueMs() <= nowMs + toleranceMs) {
      if (faultDue(this.#playing.settings, this.#tokens) !== undefined) break;
      const frame = this.#frames[this.#next++];
      data += frame?.data ?? "";
      this.#tokens += frame?.tokens ?? 0;
    }
    return data;
  }
}

type StreamFault = "cut" | "error" | "stall";

function applyFault(
  fault: StreamFault,
  data: string,
  { response, form }: { response: ServerResponse; form: AnswerForm },
): void {
  if (fault === "error") return void response.end(data + form.error);
  if (fault === "stall" && data !== "") response.write(data);
  if (fault === "cut") response.write(data === "" ? "\n" : data, () => response.socket?.destroy());
}

function faultDue(settings: ModelSettings, tokens: number): StreamFault | undefined {
  if (settings.cutAfterTokens !== null && tokens >= settings.cutAfterTokens) return "cut";
  if (settings.errorAfterTokens !== null && tokens >= settings.errorAfterTokens) return "error";
  return settings.stallAfterTokens !== null && tokens >= settings.stallAfterTokens ? "stall" : undefined;
}

function withMalformed(frames: readonly Frame[], afterTokens: number | null): readonly Frame[] {
  if (afterTokens === null) return frames;
  let tokens = 0;
  const at = frames.findIndex((frame) => {
    const reached = tokens >= afterTokens;
    tokens += frame.tokens;
    return reached;
  });
  const index = at < 0 ? frames.length : at;
  return [...frames.slice(0, index), { data: 'data: {"broken": [tru\n\n', tokens: 0 }, ...frames.slice(index)];
}

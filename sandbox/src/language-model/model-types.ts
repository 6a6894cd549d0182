/** What the stand-ins of all vendors make of a request and of an answer, before either takes the vendor's form. */

export type ToolUse = { readonly id: string; readonly name: string; readonly input: unknown };

export type BrainTurn =
  | { readonly role: "user"; readonly text: string }
  | { readonly role: "assistant"; readonly text: string; readonly toolCalls: readonly ToolUse[] }
  | { readonly role: "tool"; readonly toolCallId: string; readonly name: string; readonly text: string };

export type BrainTool = {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of the input. */
  readonly schema: Readonly<Record<string, unknown>>;
};

export type BrainRequest = {
  readonly model: string;
  /** System and developer messages, joined. */
  readonly system: string;
  readonly turns: readonly BrainTurn[];
  readonly tools: readonly BrainTool[];
  /** `required`: some tool has to be called. An object: this one. */
  readonly toolChoice: "auto" | "none" | "required" | { readonly name: string };
};

/** A piece of an answer; the texts of all are said first, then the tools called. */
export type BrainReply = {
  readonly text?: string;
  readonly toolCalls?: readonly { readonly name: string; readonly input: unknown }[];
};

export type Usage = { readonly inputTokens: number; readonly outputTokens: number };

export type ModelAnswer = {
  readonly model: string;
  readonly tokens: readonly string[];
  readonly toolCalls: readonly ToolUse[];
  readonly usage: Usage;
  readonly finish: "stop" | "length" | "tool-calls";
};

/** One write to the stream. `tokens`: how many of the answer's tokens it carries. */
export type Frame = { readonly data: string; readonly tokens: number };

/** An answer in the vendor's form. */
export type AnswerForm = {
  /** Goes out with the first token. */
  readonly open: string;
  readonly frames: readonly Frame[];
  readonly close: string;
  /** What a failure in the middle of the stream looks like. */
  readonly error: string;
  /** The body for who does not stream. */
  readonly whole: unknown;
};

/** A request the vendor refuses. */
export class Refusal extends Error {
  readonly status: number;
  readonly param: string | null;
  readonly code: string | null;
  readonly type: string | null;

  constructor(status: number, message: string, more: { param?: string; code?: string; type?: string } = {}) {
    super(message);
    this.status = status;
    this.param = more.param ?? null;
    this.code = more.code ?? null;
    this.type = more.type ?? null;
  }
}

/** A request that was understood. */
export type ModelCall = {
  readonly request: BrainRequest;
  readonly stream: boolean;
  readonly maxTokens: number | undefined;
  /** Makes the ids of tool calls: every vendor has its own form. */
  readonly makeCallId: () => string;
  readonly form: (answer: ModelAnswer) => AnswerForm;
};

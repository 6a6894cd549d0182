/** Transcript → text: asks the model, runs the tools it wants, asks again, until it has said what it has to say. */
import type { CallEventBody, CallEvents } from "../call-event.ts";
import type { ConversationMessage, LanguageModel, ModelRequest, ToolCall, VendorUse } from "../ports.ts";
import type { ReplyStep, ToolResult } from "./conversation.ts";
import { stepMessages } from "./conversation.ts";
import type { EngineTools, ReplyEnding } from "./engine-tools.ts";
import type { ToolDesk } from "./run-tools.ts";

export interface GenerateOptions {
  readonly replyId: string;
  readonly model: LanguageModel;
  readonly request: Omit<ModelRequest, "messages" | "signal">;
  readonly messages: readonly ConversationMessage[];
  readonly tools: ToolDesk;
  readonly engineTools: EngineTools;
  readonly signal: AbortSignal;
  readonly whenCommitted: Promise<boolean>;
  readonly events: CallEvents;
  /** For events with content: held back until the turn is certain. */
  readonly emit: (body: CallEventBody) => void;
  /** The steps as they come about; shared with the conversation. */
  readonly steps: ReplyStep[];
  readonly onFirstToken: () => void;
  readonly onText: (delta: string) => void;
  /** The model has said its words of this step; tools may follow. */
  readonly onStepText: () => void;
  readonly onToolStarted: (effect: "read" | "write") => void;
  readonly onToolsFinished: () => void;
}

/** Rounds of tools in one reply; the last one is asked without tools, so that it must speak. */
const maxSteps = 6;

const stay: ReplyEnding = { type: "stay" };

/** Resolves with what becomes of the call afterwards. Throws ProviderError; after an abort it returns quietly. */
export async function generateReply(options: GenerateOptions): Promise<ReplyEnding> {
  const { signal, steps, engineTools } = options;
  for (let number = 1; number <= maxSteps; number++) {
    const step: ReplyStep = { text: "", results: [] };
    steps.push(step);
    const calls = await runModelStep(options, step, number === maxSteps);
    if (signal.aborted) return stay;
    options.onStepText();
    for (const call of calls) step.results.push({ call, output: undefined, failed: false, done: false });
    const endings = step.results.map((result) => engineTools.take(result));
    const work = step.results.filter((result) => !result.done);
    if (work.length > 0) await runTools(options, work);
    if (signal.aborted) return stay;
    const ending = endings.find((each) => each !== undefined && each.type !== "stay");
    if (ending !== undefined) return ending;
    if (calls.length === 0) return stay;
    options.onToolsFinished();
  }
  return stay;
}

async function runModelStep(options: GenerateOptions, step: ReplyStep, lastStep: boolean): Promise<ToolCall[]> {
  const { model, signal, steps, events, replyId } = options;
  const calls: ToolCall[] = [];
  let first = true;
  let metered = false;
  const report = (use: VendorUse) => events.emit({ type: "usage", stage: "model", ...use });
  const parts = model.generate({
    ...options.request,
    onUsage: (use) => {
      metered = true;
      report(use);
    },
    tools: lastStep ? [] : options.request.tools,
    messages: [...options.messages, ...steps.flatMap(stepMessages)],
    signal,
  });
  for await (const part of parts) {
    if (signal.aborted) break;
    if (first && (part.type === "text" || part.type === "tool-call")) {
      first = false;
      events.emit({ type: "model-first-token", replyId });
      options.onFirstToken();
    }
    if (part.type === "text") {
      step.text += part.text;
      options.onText(part.text);
    } else if (part.type === "tool-call") {
      calls.push(part.call);
    } else if (part.type === "usage" && !metered) {
      const { type: _part, ...counts } = part;
      report({ provider: model.provider, model: model.model, ...counts });
    }
  }
  return calls;
}

/** Reads side by side; writes one after the other, in the order the model gave. */
async function runTools(options: GenerateOptions, results: readonly ToolResult[]): Promise<void> {
  const { tools, replyId, steps, signal, whenCommitted, onToolStarted, emit, request } = options;
  const run = (result: ToolResult) =>
    tools.run({ result, replyId, steps, turnSignal: signal, whenCommitted, onStarted: onToolStarted, emit });
  const isWrite = (result: ToolResult) =>
    request.tools.find((spec) => spec.name === result.call.name)?.effect === "write";
  const runWrites = async () => {
    for (const result of results) if (isWrite(result)) await run(result);
  };
  await Promise.all([runWrites(), ...results.filter((result) => !isWrite(result)).map(run)]);
}

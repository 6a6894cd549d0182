/** Where a reply's words come from: the model with its tools, or the platform's own sentences. */
import type { CallScope } from "./call-scope.ts";
import type { LiveReplyInit } from "./live-reply.ts";
import { transferText, troubleText } from "./phrases.ts";
import { reportSwitch } from "./record/report-error.ts";
import type { ReplyStep, ToolTrouble } from "./reply/conversation.ts";
import type { ReplyEnding } from "./reply/engine-tools.ts";
import { createEngineTools } from "./reply/engine-tools.ts";
import { generateReply } from "./reply/generate-reply.ts";
import type { Persona } from "./reply/persona.ts";
import { knowledgeUsed, quotePassages } from "./reply/retrieve-context.ts";

interface Answered {
  readonly replyId: string;
  readonly turnId: string;
  /** The caller's words. */
  readonly text: string;
  /** The turn is not certain yet. */
  readonly speculative: boolean;
}

/** The model's answer to a turn. */
export function produceAnswer(scope: CallScope, answered: Answered): LiveReplyInit["produce"] {
  const { replyId, text, speculative } = answered;
  const { plan, events, push, persona } = scope;
  return async ({ speaker, ...production }) => {
    let said = false;
    let untold: ToolTrouble | undefined;
    const engineTools = createEngineTools({
      persona,
      transferTo: plan.transferTo,
      channel: scope.transport.channel,
      onNoTransfer: () => production.emit({ type: "transfer-unavailable", by: "agent" }),
    });
    const found = scope.knowledge && (await scope.knowledge.take(text, production.signal));
    if (production.signal.aborted) return;
    if (found !== undefined) production.emit(knowledgeUsed(answered, found));
    const ending = await generateReply({
      ...production,
      replyId,
      events,
      model: scope.languageModel,
      tools: scope.tools,
      engineTools,
      request: {
        instructions: persona.instructions,
        context: joinParts([
          scope.currentContext(),
          newsText(scope, production.whenCommitted),
          quotePassages(found?.passages ?? []),
        ]),
        ...(found === undefined ? {} : { passages: found.passages }),
        tools: [...persona.tools, ...engineTools.specs],
        language: persona.language,
        maxOutputTokens: plan.maxOutputTokens,
        onSwitch: reportSwitch(events, "model"),
      },
      messages: scope.conversation.messages(speculative ? text : undefined),
      onFirstToken: () => push({ type: "first-token", replyId }),
      onText: (delta) => {
        said ||= delta.trim() !== "";
        if (delta.trim() !== "") untold = undefined;
        speaker.push(delta);
      },
      onStepText: () => speaker.flush(),
      onToolStarted: (effect) => push({ type: "tool-started", replyId, effect }),
      onToolsFinished: () => {
        untold = troubleOf(production.steps);
        push({ type: "tools-finished", replyId });
      },
    });
    if (production.signal.aborted) return;
    if (ending.type === "end-call") push({ type: "ends-call", replyId, reason: "agent-ended" });
    if (ending.type === "hand-off") return push({ type: "hands-off", replyId, agentId: ending.agentId });
    if (ending.type === "transfer") {
      push({ type: "ends-call", replyId, reason: "transferred" });
      production.emit({ type: "transfer-started", by: "agent", content: { to: ending.to } });
    }
    if (untold !== undefined && ending.type === "stay") return speaker.pushPhrase(troubleText(untold, persona));
    if (!said) speaker.pushPhrase(wordsFor(ending, persona));
  };
}

/** Where the model had no words of its own. */
function wordsFor(ending: ReplyEnding, { language, phrases }: Persona): string {
  if (ending.type === "transfer") return transferText(language);
  return ending.type === "end-call" ? phrases.goodbye : (phrases.recovery[0] ?? phrases.goodbye);
}

const joinParts = (parts: readonly string[]) => parts.filter((part) => part !== "").join("\n\n");

/** What went wrong in the tools that the reply has just run; what the caller must not miss comes first. */
function troubleOf(steps: readonly ReplyStep[]): ToolTrouble | undefined {
  const troubles = steps.at(-1)?.results.map(({ trouble }) => trouble) ?? [];
  return (["uncertain", "failed", "refused"] as const).find((each) => troubles.includes(each));
}

function newsText({ tools }: CallScope, whenCommitted: Promise<boolean>): string {
  const news = tools.newsFor(whenCommitted);
  return news.length === 0 ? "" : `News of what was under way:\n${news.map((each) => `- ${each}`).join("\n")}`;
}

/** The platform's own words; of several, each is a segment. */
export function producePhrase(words: string | readonly string[]): LiveReplyInit["produce"] {
  return ({ speaker, steps }) => {
    steps.push({ text: "", results: [] });
    for (const text of typeof words === "string" ? [words] : words) speaker.pushPhrase(text);
    return Promise.resolve();
  };
}

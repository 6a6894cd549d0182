/** Where a reply's words come from: the model with its tools, or the platform's own sentences. */
import type { CallScope } from "./call-scope.ts";
import type { LiveReplyInit } from "./live-reply.ts";
import { transferText } from "./phrases.ts";
import { reportSwitch } from "./record/report-error.ts";
import { createEngineTools } from "./reply/engine-tools.ts";
import { generateReply } from "./reply/generate-reply.ts";

/** The model's answer to a turn; `tentative`: the words of a turn that is not certain yet. */
export function produceAnswer(scope: CallScope, replyId: string, tentative?: string): LiveReplyInit["produce"] {
  const { plan, events, push, persona } = scope;
  const { phrases } = persona;
  return async ({ speaker, ...production }) => {
    let said = false;
    const engineTools = createEngineTools({
      persona,
      transferTo: plan.transferTo,
      channel: scope.transport.channel,
      onNoTransfer: () => production.emit({ type: "transfer-unavailable", by: "agent" }),
    });
    const ending = await generateReply({
      ...production,
      replyId,
      events,
      model: scope.languageModel,
      tools: scope.tools,
      engineTools,
      request: {
        instructions: persona.instructions,
        context: scope.currentContext(),
        tools: [...persona.tools, ...engineTools.specs],
        language: persona.language,
        maxOutputTokens: plan.maxOutputTokens,
        onSwitch: reportSwitch(events, "model"),
      },
      messages: scope.conversation.messages(tentative),
      onFirstToken: () => push({ type: "first-token", replyId }),
      onText: (delta) => {
        said ||= delta.trim() !== "";
        speaker.push(delta);
      },
      onStepText: () => speaker.flush(),
      onToolStarted: (effect) => push({ type: "tool-started", replyId, effect }),
      onToolsFinished: () => push({ type: "tools-finished", replyId }),
    });
    if (production.signal.aborted) return;
    if (ending.type === "end-call") push({ type: "ends-call", replyId, reason: "agent-ended" });
    if (ending.type === "hand-off") return push({ type: "hands-off", replyId, agentId: ending.agentId });
    if (ending.type === "transfer") {
      push({ type: "ends-call", replyId, reason: "transferred" });
      production.emit({ type: "transfer-started", by: "agent", content: { to: ending.to } });
    }
    if (said) return;
    if (ending.type === "transfer") speaker.pushPhrase(transferText(persona.language));
    else speaker.pushPhrase(ending.type === "end-call" ? phrases.goodbye : (phrases.recovery[0] ?? phrases.goodbye));
  };
}

/** The platform's own words; of several, each is a segment. */
export function producePhrase(words: string | readonly string[]): LiveReplyInit["produce"] {
  return ({ speaker, steps }) => {
    steps.push({ text: "", results: [] });
    for (const text of typeof words === "string" ? [words] : words) speaker.pushPhrase(text);
    return Promise.resolve();
  };
}

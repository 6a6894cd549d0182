/** Where a reply's words come from: the model with its tools, or the platform's own sentences. */
import type { CallScope } from "./call-scope.ts";
import type { LiveReplyInit } from "./live-reply.ts";
import { reportSwitch } from "./record/report-error.ts";
import { generateReply } from "./reply/generate-reply.ts";

/** The model's answer to a turn; `tentative`: the words of a turn that is not certain yet. */
export function produceAnswer(scope: CallScope, replyId: string, tentative?: string): LiveReplyInit["produce"] {
  const { plan, events, push } = scope;
  return async ({ speaker, ...production }) => {
    let said = false;
    const { endsCall } = await generateReply({
      ...production,
      replyId,
      events,
      model: scope.languageModel,
      tools: scope.tools,
      request: {
        instructions: plan.instructions,
        context: scope.currentContext(),
        tools: plan.tools,
        language: plan.language,
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
    if (endsCall) push({ type: "ends-call", replyId });
    if (!said) speaker.pushPhrase(endsCall ? plan.phrases.goodbye : (plan.phrases.recovery[0] ?? plan.phrases.goodbye));
  };
}

/** A sentence of the platform's own. */
export function producePhrase(text: string): LiveReplyInit["produce"] {
  return ({ speaker, steps }) => {
    steps.push({ text: "", results: [] });
    speaker.pushPhrase(text);
    return Promise.resolve();
  };
}

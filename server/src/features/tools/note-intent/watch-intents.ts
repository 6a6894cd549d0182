/** Intents that the caller's own words name, seen without a model: once each in a call, and nothing waits for it. */
import type { CallEvent } from "../../../call/call-event.ts";
import type { CallPlan } from "../../../call/call-plan.ts";
import type { ToolRunner } from "../../../call/ports.ts";
import { searchWords } from "../../../kernel/search-words.ts";

/** " price list " is among " your price list please ". */
const padded = (text: string) => ` ${searchWords(text).join(" ")} `;

/** Undefined: there is nothing to watch for. The sink never throws. */
export function watchIntents(plan: CallPlan, runner: ToolRunner): ((event: CallEvent) => void) | undefined {
  const watched = (plan.intents ?? []).flatMap(({ name, words, agentIds }) =>
    words
      .map((each) => ({ name, agentIds, words: padded(each) }))
      .filter(({ words: spelled }) => spelled.trim() !== ""),
  );
  if (watched.length === 0) return undefined;
  const { orgId, callId } = plan;
  const noted = new Set<string>();
  let { agentId } = plan;
  const note = (intent: string) => {
    noted.add(intent);
    const idempotencyKey = `${callId}:note_intent:${intent}`;
    const call = { id: idempotencyKey, name: "note_intent", input: { intent } };
    void runner.run({ call, orgId, callId, agentId, idempotencyKey, signal: new AbortController().signal });
  };
  return (event) => {
    if (event.type === "handed-off") agentId = event.agentId;
    if (event.type !== "turn-committed") return;
    const said = padded(event.content.text);
    for (const { name, agentIds, words } of watched) {
      if (!noted.has(name) && said.includes(words) && (agentIds?.includes(agentId) ?? true)) note(name);
    }
  };
}

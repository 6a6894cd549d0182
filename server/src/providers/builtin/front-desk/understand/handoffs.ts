/** Other agents the call may be handed to, and whether the caller's words are a matter for one of them. */
import { z } from "zod";
import type { ToolSpec } from "../../../../call/ports.ts";
import { normalizeWords } from "../language/normalize.ts";
import type { Intent } from "./types.ts";

export interface HandoffTarget {
  readonly name: string;
  /** Words of its name and of what it is for, without those that say nothing. */
  readonly nameWords: ReadonlySet<string>;
  readonly matters: ReadonlySet<string>;
}

const handoffInput = z.looseObject({
  properties: z.looseObject({ agent: z.looseObject({ enum: z.array(z.string()) }) }),
});

const idleWords = new Set(
  normalizeWords(
    "a an the and or to for of with by in on at is are be if when who what how about from into than that this they their them it its i me my we our you your " +
      "call calls caller callers wants want wanted needs need ask asks asking asked speak speaks talk talks talking would like wish wishes help please can could have has do does " +
      "question questions something anything someone somebody anyone person people customer client patient agent matter matters new other more " +
      "المتصل عايز عاوز محتاج يسأل بيسأل سؤال عن في من على الى أو و لو لما حد شخص العميل المريض يكلم اكلم يتكلم عنده أنا انا ممكن حاجة موضوع",
  ).split(" "),
);

/** One form for "invoices" and "invoice", "buying" and "buy", "الفواتير" and "فواتير". */
function stem(word: string): string {
  if (/^[\u0600-\u06ff]/.test(word)) return word.replace(/^(?:وال|بال|لل|ال)(?=..)/, "").replace(/(?:ات|ه)$/, "");
  return word.length > 4 ? word.replace(/(?:ings?|ed|es|s|e)$/, "") : word;
}

function wordsOf(text: string): Set<string> {
  const words = normalizeWords(text).split(" ");
  return new Set(words.filter((word) => word.length > 2 && !idleWords.has(word)).map(stem));
}

/** Of the tool `handoff_to_agent`: its agents by name, and in its description a line `name: when` for each. */
export function readHandoffs(tools: readonly ToolSpec[]): HandoffTarget[] {
  const tool = tools.find(({ name }) => name === "handoff_to_agent");
  const input = handoffInput.safeParse(tool?.inputSchema);
  if (tool === undefined || !input.success) return [];
  const lines = tool.description.split("\n");
  return input.data.properties.agent.enum.map((name) => {
    const when = lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2) ?? "";
    return { name, nameWords: wordsOf(name), matters: wordsOf(when) };
  });
}

/** What a front desk does itself is handed to nobody; a task under way is left only for one who is asked for. */
const open = new Set<Intent>(["unclear", "speak-to-human", "inform", "leave-message"]);

/** The name of the agent the words are for; undefined when they are for none, or for two alike. */
export function chooseHandoff(
  text: string,
  { intent, isBusy, desk }: { intent: Intent; isBusy: boolean; desk: { readonly handoffs: readonly HandoffTarget[] } },
): string | undefined {
  if (desk.handoffs.length === 0 || !open.has(intent) || (isBusy && intent !== "speak-to-human")) return undefined;
  const said = wordsOf(text);
  const scored = desk.handoffs
    .map(({ name, nameWords, matters }) => ({ name, score: 2 * common(said, nameWords) + common(said, matters) }))
    .sort((left, right) => right.score - left.score);
  const [best, second] = scored;
  return best === undefined || best.score === 0 || best.score === second?.score ? undefined : best.name;
}

function common(said: ReadonlySet<string>, known: ReadonlySet<string>): number {
  return [...said].filter((word) => known.has(word)).length;
}

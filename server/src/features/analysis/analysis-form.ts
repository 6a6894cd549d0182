/** The form a language model fills in, by the agent's own questions. */
import { analysedOutcomes } from "@parley/contract/analysis";
import { z } from "zod";
import type { OutcomeField } from "../../call/call-plan.ts";
import type { ToolSpec } from "../../call/ports.ts";

const sentence = (max: number) => z.string().trim().min(1).max(max);

function valueOf(field: OutcomeField): z.ZodType<string | number | boolean> {
  switch (field.type) {
    case "text":
      return z.string().trim().min(1).max(1000);
    case "number":
      return z.number();
    case "boolean":
      return z.boolean();
    case "choice":
      return z.enum(field.choices ?? []);
  }
}

const memoryForm = z.object({
  facts: z.array(sentence(300)).max(10).describe("New lasting facts about the caller, a sentence each. None: empty."),
  summary: z.string().trim().max(1200).describe("Of all calls so far, this one included."),
  openItems: z.array(sentence(300)).max(10).describe("Everything promised to the caller and not done yet."),
});

/** `quote`: what somebody said in the call that the value rests on. */
const answerOf = (field: OutcomeField) =>
  z
    .object({
      value: valueOf(field).nullable().describe(field.description),
      quote: z.string().max(1000).describe("Words of the transcript that say so, exactly. Empty when value is null."),
    })
    .describe(field.description);

export function createForm(fields: readonly OutcomeField[], { withMemory }: { withMemory: boolean }) {
  return z.object({
    summary: sentence(2000).describe("Two to four sentences: what the caller wanted, what was done, what is open."),
    outcome: z.enum(analysedOutcomes),
    success: z.enum(["yes", "no", "unclear"]).describe("Whether the caller got what they called for."),
    successReason: sentence(500).describe("Why, in one sentence."),
    sentiment: z.enum(["positive", "neutral", "negative"]).describe("Of the caller, by the end of the call."),
    followUps: z.array(sentence(500)).max(10).describe("What staff should do now. Nothing: empty."),
    fields: z.object(Object.fromEntries(fields.map((field) => [field.name, answerOf(field)]))),
    ...(withMemory ? { memory: memoryForm } : {}),
  });
}

export type FilledForm = Omit<z.output<ReturnType<typeof createForm>>, "memory"> & {
  readonly memory?: z.output<typeof memoryForm> | undefined;
};

export const formTool = (form: z.ZodType): ToolSpec => ({
  name: "record_analysis",
  description: "Records what the call was about. Call it exactly once.",
  inputSchema: z.toJSONSchema(form, { target: "draft-7" }),
  effect: "write",
});

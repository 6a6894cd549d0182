import { z } from "zod";
import { type BrainTurn, Refusal } from "./model-types.ts";

/** `path.to.field` in the way OpenAI and Anthropic write it. */
function pathOf(issue: z.core.$ZodIssue, indexStyle: "brackets" | "dots"): string {
  return issue.path
    .map((part, index) => {
      if (typeof part === "number" && indexStyle === "brackets") return `[${part}]`;
      return index === 0 ? String(part) : `.${String(part)}`;
    })
    .join("");
}

/** Parses a body; the refusal names the first wrong field. */
export function readRequest<S extends z.ZodType>(
  schema: S,
  body: unknown,
  style: { indexes: "brackets" | "dots"; words?: (path: string, issue: z.core.$ZodIssue) => Refusal },
): z.output<S> {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  const issue = deepestIssue(result.error.issues);
  if (issue === undefined) throw new Refusal(400, "Invalid request");
  const path = pathOf(issue, style.indexes);
  throw style.words?.(path, issue) ?? new Refusal(400, `${path}: ${issue.message}`, { param: path });
}

/** A union reports all its branches; the one that came furthest tells most. */
function deepestIssue(issues: readonly z.core.$ZodIssue[], prefix: PropertyKey[] = []): z.core.$ZodIssue | undefined {
  const first = issues[0];
  if (first === undefined) return undefined;
  const path = [...prefix, ...first.path];
  if (first.code !== "invalid_union") return { ...first, path };
  const inner = first.errors
    .map((branch) => deepestIssue(branch, path))
    .filter((issue) => issue !== undefined)
    .sort((one, other) => other.path.length - one.path.length);
  return inner[0] ?? { ...first, path };
}

/** Text content: a string, or parts of which only the text is read. */
export const textPart = z.object({ type: z.string(), text: z.string().optional() });
export const textContent = z.union([z.string(), z.array(textPart)]);

export function joinText(content: string | readonly { text?: string | undefined }[] | null | undefined): string {
  if (content === null || content === undefined) return "";
  return typeof content === "string" ? content : content.map((part) => part.text ?? "").join("");
}

/** A tool's parameters have to be the schema of an object. */
export const objectSchema = z.looseObject({ type: z.literal("object") });

export function parseArguments(json: string): unknown {
  try {
    return JSON.parse(json || "{}");
  } catch {
    return {};
  }
}

/** The name of the tool that a result belongs to. */
export function toolNameOf(turns: readonly BrainTurn[], callId: string): string {
  for (const turn of turns) {
    const found = turn.role === "assistant" ? turn.toolCalls.find((call) => call.id === callId) : undefined;
    if (found !== undefined) return found.name;
  }
  return "";
}

export function sse(data: unknown, event?: string): string {
  return `${event === undefined ? "" : `event: ${event}\n`}data: ${JSON.stringify(data)}\n\n`;
}

export function bearerKey(authorization: string | undefined): string | undefined {
  return /^bearer\s+(\S+)$/iu.exec(authorization ?? "")?.[1];
}

export function listModels(ids: readonly string[], owner: string): unknown {
  return { object: "list", data: ids.map((id) => ({ id, object: "model", created: 1_760_000_000, owned_by: owner })) };
}

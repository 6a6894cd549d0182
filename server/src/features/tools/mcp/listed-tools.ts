/** What a server says of its tools, read with distrust: it may be wrong, endless or hostile. */
import { createHash } from "node:crypto";
import { z } from "zod";

export interface ListedTool {
  /** The server's own name. */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly inputSchema: Readonly<Record<string, unknown>>;
  readonly declaredEffect: "read" | "write";
}

export interface LeftOut {
  readonly serverName: string;
  readonly reason: string;
}

export interface Listing {
  readonly tools: readonly ListedTool[];
  readonly leftOut: readonly LeftOut[];
}

export const maxTools = 100;
const longestDescription = 1000;
const largestSchema = 16_384;
const deepestSchema = 12;

const described = z.looseObject({
  name: z.string().min(1).max(200),
  title: z.string().optional(),
  description: z.string().optional(),
  inputSchema: z.record(z.string(), z.unknown()),
  annotations: z.looseObject({ readOnlyHint: z.boolean().optional(), title: z.string().optional() }).optional(),
});

/** But the ends of lines. */
const invisible = /(?![\n\t])[\p{Cc}\p{Cf}]/gu;
const plain = (text: string, max: number) => text.replace(invisible, "").trim().slice(0, max);

function depthOf(value: unknown, depth = 0): number {
  if (typeof value !== "object" || value === null || depth > deepestSchema) return depth;
  return Math.max(depth, ...Object.values(value).map((below) => depthOf(below, depth + 1)));
}

/** Models take an object of named inputs at the top and nothing else. */
function faultOf(schema: Readonly<Record<string, unknown>>): string | undefined {
  if (schema["type"] !== "object") return "its input is no object";
  if (["oneOf", "anyOf", "allOf", "not"].some((word) => word in schema)) return "its input is a choice of objects";
  const { properties } = schema;
  if (properties !== undefined && (typeof properties !== "object" || properties === null || Array.isArray(properties)))
    return "its input has no readable fields";
  const wrong = Object.keys(properties ?? {}).find((name) => !/^[A-Za-z0-9_.-]{1,64}$/.test(name));
  if (wrong !== undefined) return "a field of its input has a name that models do not take";
  if (depthOf(schema) > deepestSchema) return "its input is nested too deeply";
  if (JSON.stringify(schema).length > largestSchema) return "the description of its input is too large";
  return undefined;
}

export function readListing(offered: readonly unknown[]): Listing {
  const tools = new Map<string, ListedTool>();
  const leftOut: LeftOut[] = [];
  for (const one of offered) {
    const read = described.safeParse(one);
    if (!read.success) {
      const name: unknown = typeof one === "object" && one !== null ? Reflect.get(one, "name") : undefined;
      const serverName = typeof name === "string" ? plain(name, 100) : "?";
      leftOut.push({
        serverName,
        reason: `it is not described as it must be: ${read.error.issues[0]?.path.join(".") ?? ""}`,
      });
      continue;
    }
    const { name, title, description = "", inputSchema, annotations } = read.data;
    const { $schema: _dialect, $id: _id, ...schema } = inputSchema;
    const reason =
      tools.size >= maxTools
        ? `there are more than ${maxTools}`
        : tools.has(name)
          ? "its name comes twice"
          : faultOf(schema);
    if (reason !== undefined) {
      leftOut.push({ serverName: plain(name, 100), reason });
      continue;
    }
    tools.set(name, {
      ...{ name, inputSchema: schema },
      title: plain(title ?? annotations?.title ?? name, 100) || name,
      description: plain(description, longestDescription) || name,
      declaredEffect: annotations?.readOnlyHint === true ? "read" : "write",
    });
  }
  return { tools: [...tools.values()], leftOut: leftOut.slice(0, maxTools) };
}

const longestName = 64;
const shortHash = (text: string) => createHash("sha256").update(text).digest("hex").slice(0, 6);

/** `server__tool`, in the characters and the length that models take; the same for the same server and tool. */
export function toolNames(server: string, listed: readonly Pick<ListedTool, "name">[]): ReadonlyMap<string, string> {
  const taken = new Map<string, string>();
  for (const { name } of listed) {
    const whole = `${server}__${name.replace(/[^A-Za-z0-9_-]/g, "_")}`;
    const isPlain = whole.length <= longestName && !taken.has(whole);
    taken.set(isPlain ? whole : `${whole.slice(0, longestName - 7)}_${shortHash(name)}`, name);
  }
  return new Map([...taken].map(([shown, name]) => [name, shown]));
}

type Effects = Readonly<Record<string, "read" | "write">>;

/** A server that calls a write of yesterday a read is not believed: only the owner says so, who then needs no caller's word for it. */
export function stillWrites(effects: Effects, before: Listing, now: Listing): Effects {
  const wrote = new Set(
    before.tools.filter(({ declaredEffect }) => declaredEffect === "write").map(({ name }) => name),
  );
  const turned = now.tools.filter(({ name, declaredEffect }) => declaredEffect === "read" && wrote.has(name));
  return { ...Object.fromEntries(turned.map(({ name }) => [name, "write" as const])), ...effects };
}

/** What a tool is. Each stands in a folder of its own and is listed in `tool-shelf.ts`; forms, specs and checks come from here. */
import type { ConnectionVendor } from "@parley/contract/connections";
import type { z } from "zod";
import type { ToolOutcome } from "../../call/ports.ts";
import type { OrgTx } from "../../platform/db/org-db.ts";

/** Content: never logged. */
export interface ToolCallFacts {
  /** Of the person at the other end; E.164 as a rule. */
  readonly callerPhone?: string;
  /** The number they rang, or that rang them. */
  readonly ownPhone?: string;
  readonly contactId?: string;
  /** BCP-47. */
  readonly language?: string;
  readonly direction?: "inbound" | "outbound";
}

/** One call of a tool, its input and settings checked. */
export interface ToolWork<Input, Settings> {
  readonly orgId: string;
  readonly agentId: string;
  /** Absent: a job runs it after a call, or somebody tries it in the dashboard. */
  readonly callId?: string;
  readonly input: Input;
  /** The owner's, for this agent. */
  readonly settings: Settings;
  /** What is known of the call by itself. Absent where there is none. */
  readonly call?: ToolCallFacts;
  /** The account it works with, where the tool needs one. */
  readonly connectionId?: string;
  /** The same for the same deed: handed to vendors that take one, written into rows of those that do not. */
  readonly idempotencyKey: string;
  /** What the deed's `prepare` found. */
  readonly prepared?: unknown;
  readonly signal: AbortSignal;
}

export type ToolDeed<Input, Settings> =
  /** All of it happens in our database: in one transaction with the note that it was done. */
  | {
      readonly where: "database";
      readonly run: (tx: OrgTx, work: ToolWork<Input, Settings>) => Promise<ToolOutcome>;
      /** Before the transaction: what is read by another one, or by none. */
      readonly prepare?: (work: ToolWork<Input, Settings>) => Promise<unknown>;
      /** What ties deeds together that undo each other: of whom they are. */
      readonly subjectOf?: (tx: OrgTx, work: ToolWork<Input, Settings>) => Promise<Buffer | undefined>;
      /** Where the organisation chose to have it kept at a vendor's: then it is run so, and as a deed outside. */
      readonly outside?: OutsideWay<Input, Settings> & {
        readonly isNeeded: (work: ToolWork<Input, Settings>) => Promise<boolean>;
      };
    }
  /**
   * It reaches a vendor. The wish is noted before and the result after; `find` tells whether a deed whose result nobody saw was done. A
   * vendor's failure is thrown as ProviderError.
   */
  | ({ readonly where: "outside" } & OutsideWay<Input, Settings>);

interface OutsideWay<Input, Settings> {
  readonly run: (work: ToolWork<Input, Settings>) => Promise<ToolOutcome>;
  readonly find?: (work: ToolWork<Input, Settings>) => Promise<ToolOutcome | undefined>;
}

/** How the deed is done at a vendor's; undefined for one that happens in our database whatever is set up. */
export function outsideWayOf(
  deed: ToolDeed<unknown, unknown>,
): Extract<ToolDeed<unknown, unknown>, { where: "outside" }> | undefined {
  if (deed.where === "outside") return deed;
  return deed.outside && { ...deed.outside, where: "outside" };
}

export interface ToolShape {
  readonly description?: string;
  /** JSON Schema of an object. */
  readonly inputSchema?: Readonly<Record<string, unknown>>;
}

export interface Tool<Input = unknown, Settings = unknown> {
  /** As the model calls it. */
  readonly name: string;
  /** As the owner reads it. */
  readonly title: string;
  /** For the model. */
  readonly description: string;
  readonly input: z.ZodType<Input>;
  readonly effect: "read" | "write";
  /** Writes whose deeds this one takes back. */
  readonly undoes?: readonly string[];
  readonly consent?: "free";
  readonly timeoutMs?: number;
  /** The owner's settings; the dashboard's form is made from it. */
  readonly settings?: z.ZodType<Settings>;
  /**
   * What the model is told in place of `description` and of the JSON Schema of `input`, where the owner's settings (a sheet's columns) or
   * a server of theirs decide it. `input` is what is checked.
   */
  readonly shapeFor?: (settings: Settings) => ToolShape;
  /** An account at one of these is needed. */
  readonly needs?: readonly ConnectionVendor[];
  /** Agents have it unless their owner says no. */
  readonly isOnByDefault: boolean;
  readonly deed: ToolDeed<Input, Settings>;
  /** Checks settings and account with the cheapest question there is. Throws AppError or ProviderError with words for the owner. */
  readonly probe?: (work: Omit<ToolWork<Input, Settings>, "input" | "idempotencyKey" | "callId">) => Promise<void>;
}

/** As it stands on the shelf: the runner checks input and settings by its own schemas before a deed gets them. */
export const defineTool = <Input, Settings>(tool: Tool<Input, Settings>): Tool => tool as unknown as Tool;

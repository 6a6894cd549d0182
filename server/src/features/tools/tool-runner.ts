/** Runs the built-in tools. Writes are done once for each idempotency key, whatever crashes or comes twice in between. */
import { and, eq, inArray, ne } from "drizzle-orm";
import type { z } from "zod";
import type { ToolOutcome, ToolRequest, ToolRunner } from "../../call/ports.ts";
import { deriveSecret, keyedHash } from "../../platform/crypto/envelope.ts";
import { DbError } from "../../platform/db/db-error.ts";
import type { LogLine } from "../../platform/db/log-line.ts";
import type { OrgDb, OrgTx } from "../../platform/db/org-db.ts";
import type { Appointments, BusinessProfile } from "../appointments/index.ts";
import type { Messages } from "../messages/index.ts";
import type { Organizations } from "../organizations/index.ts";
import { toolResults } from "./tool-results.table.ts";
import { type ToolName, toolInputs, undoes } from "./tool-specs.ts";

export interface ToolRunnerOptions {
  readonly db: OrgDb;
  readonly organizations: Organizations;
  readonly appointments: Appointments;
  readonly messages: Messages;
  /** The opening hours and services that the agent books for; undefined when it takes no appointments. */
  readonly profileOf: (agent: {
    orgId: string;
    agentId: string;
  }) => BusinessProfile | undefined | Promise<BusinessProfile | undefined>;
  readonly log: LogLine;
}

/** Answers `failed` with a message that may be told to the caller; never throws. */
export function createToolRunner(options: ToolRunnerOptions): ToolRunner {
  return {
    async run(request) {
      if (request.signal.aborted) return failed("It was stopped before it began.");
      try {
        return await runChecked(options, request);
      } catch (error) {
        options.log("error", "a tool failed", {
          tool: nameForLog(request.call.name),
          code: error instanceof DbError ? error.code : "other",
        });
        return failed("The system cannot be reached right now. Apologise, and offer that someone calls back.");
      }
    },
  };
}

const failed = (publicMessage: string): ToolOutcome => ({ status: "failed", publicMessage });
const ok = (output: unknown): ToolOutcome => ({ status: "ok", output });
const isToolName = (name: string): name is ToolName => Object.hasOwn(toolInputs, name);
/** A model may name anything. */
const nameForLog = (name: string) => (isToolName(name) ? name : "unknown");

/** One tool call whose input has been checked. */
type CheckedCall = {
  [Name in ToolName]: { readonly name: Name; readonly input: z.infer<(typeof toolInputs)[Name]> };
}[ToolName];

async function runChecked(options: ToolRunnerOptions, request: ToolRequest): Promise<ToolOutcome> {
  const { name, input } = request.call;
  if (!isToolName(name))
    return failed(`There is no tool of this name. There are: ${Object.keys(toolInputs).join(", ")}.`);
  const parsed = toolInputs[name].safeParse(input ?? {});
  if (!parsed.success)
    return failed(
      parsed.error.issues.map((issue) => `${issue.path.join(".") || "input"}: ${issue.message}`).join("; "),
    );
  const call = { name, input: parsed.data } as CheckedCall;
  if (call.name === "end_call") return ok({}); // the engine itself ends the call
  const profile = await options.profileOf({ orgId: request.orgId, agentId: request.agentId });
  if (call.name === "take_message") return await once(options, request, { call, profile });
  if (profile === undefined) return failed("Appointments cannot be made here. Offer to take a message.");
  if (call.name !== "check_availability") return await once(options, request, { call, profile });
  return await options.db.withOrg(request.orgId, async (tx) => {
    const { date, service } = call.input;
    const found = await options.appointments.checkAvailability(tx, {
      orgId: request.orgId,
      profile,
      date,
      ...(service === undefined ? {} : { service }),
    });
    return found.ok ? ok({ slots: found.slots }) : failed(found.publicMessage);
  });
}

interface Deed {
  readonly call: CheckedCall;
  readonly profile: BusinessProfile | undefined;
}

/** Rolls the transaction back: nothing was done, so nothing is remembered, and the same key may try again. */
class NothingDone extends Error {
  readonly outcome: ToolOutcome;

  constructor(outcome: ToolOutcome) {
    super("nothing was done");
    this.outcome = outcome;
  }
}

async function once(options: ToolRunnerOptions, request: ToolRequest, deed: Deed): Promise<ToolOutcome> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await options.db.withOrg(request.orgId, (tx) => claimAndDo(options, { tx, request, deed }));
    } catch (error) {
      if (error instanceof NothingDone) return error.outcome;
      // A deadlock or a lost connection: the key answers whether the first attempt was done after all.
      if (!(error instanceof DbError && error.isUnavailable) || attempt >= 1) throw error;
    }
  }
}

interface Claim {
  readonly tx: OrgTx;
  readonly request: ToolRequest;
  readonly deed: Deed;
}

/** The key's row comes first: a second one with the same key waits here for the first to end, then reads its result. */
async function claimAndDo(options: ToolRunnerOptions, { tx, request, deed }: Claim): Promise<ToolOutcome> {
  const { orgId, callId } = request;
  const orgKey = await options.organizations.keyOf(tx, orgId);
  const idempotencyHash = keyedHash(deriveSecret(orgKey, "idempotency"), request.idempotencyKey);
  const isSame = and(eq(toolResults.orgId, orgId), eq(toolResults.idempotencyHash, idempotencyHash));
  const subject = await subjectOf(options, { tx, request, deed });
  const claimed = await tx
    .insert(toolResults)
    .values({ orgId, callId, idempotencyHash, tool: deed.call.name, subject: subject ?? null })
    .onConflictDoNothing()
    .returning({ tool: toolResults.tool });
  if (claimed.length === 0) {
    const [first] = await tx.select({ output: toolResults.output }).from(toolResults).where(isSame);
    return ok(first?.output ?? {});
  }
  const outcome = await perform(options, { tx, request, deed });
  if (outcome.status !== "ok") throw new NothingDone(outcome);
  await tx.update(toolResults).set({ output: outcome.output }).where(isSame);
  const contrary = undoes[deed.call.name] ?? [];
  if (subject !== undefined && contrary.length > 0) {
    await tx
      .delete(toolResults)
      .where(
        and(
          eq(toolResults.callId, callId),
          eq(toolResults.subject, subject),
          inArray(toolResults.tool, [...contrary]),
          ne(toolResults.idempotencyHash, idempotencyHash),
        ),
      );
  }
  return outcome;
}

async function subjectOf(options: ToolRunnerOptions, { tx, request, deed }: Claim): Promise<Buffer | undefined> {
  const { call, profile } = deed;
  if (profile === undefined || call.name === "take_message" || !("phone" in call.input)) return undefined;
  return await options.appointments.subjectOf(tx, { orgId: request.orgId, profile, phone: call.input.phone });
}

async function perform(
  { appointments, messages }: ToolRunnerOptions,
  { tx, request, deed }: Claim,
): Promise<ToolOutcome> {
  const { orgId, callId } = request;
  const { call, profile } = deed;
  if (call.name === "take_message") {
    const { name, phone, message } = call.input;
    const content = { message, ...(name === undefined ? {} : { name }), ...(phone === undefined ? {} : { phone }) };
    return ok(await messages.take(tx, { orgId, callId, content }));
  }
  if (profile === undefined) return failed("Appointments cannot be made here.");
  const business = { orgId, callId, profile };
  switch (call.name) {
    case "book_appointment": {
      const { note, ...booking } = call.input;
      return outcomeOf(
        await appointments.book(tx, { ...business, ...booking, ...(note === undefined ? {} : { note }) }),
      );
    }
    case "reschedule_appointment":
      return outcomeOf(await appointments.reschedule(tx, { ...business, ...call.input }));
    case "cancel_appointment":
      return outcomeOf(await appointments.cancel(tx, { ...business, ...call.input }));
    case "check_availability":
    case "end_call":
      return failed("This is not a deed.");
  }
}

function outcomeOf(outcome: Awaited<ReturnType<Appointments["book"]>>): ToolOutcome {
  if (!outcome.ok) return failed(outcome.publicMessage);
  return ok({ appointmentId: outcome.appointmentId, startsAt: outcome.startsAt });
}

/** Runs samples as those who may, and notes whatever is not as it should be. */
import { type Answer, ask, describeAnswer } from "./ask.ts";
import { isOfOrganization, type Operation } from "./operations.ts";
import type { At, Made, Sample, Samples } from "./sample.ts";
import { administratorOf } from "./samples-people.ts";
import { bearerOf, type Person, signUp, type Tenant, type World } from "./tenant.ts";

export interface Findings {
  readonly undocumented: Set<string>;
  readonly failed: string[];
  readonly unaudited: string[];
  readonly leaked: string[];
}

export const newFindings = (): Findings => ({ undocumented: new Set(), failed: [], unaudited: [], leaked: [] });

export function noteStatus(findings: Findings, operation: Operation, { status, text }: Answer): void {
  if (operation.statuses.has(status)) return;
  findings.undocumented.add(
    `${operation.id} answered ${status}, which its document does not say: ${text.slice(0, 200)}`,
  );
}

/** What of another organisation's is in an answer. `asked`: what the question itself held is no news, but in an error not said again. */
export function leakOf({ text, headers }: Answer, other: Tenant): string | undefined {
  return other.secrets().find((secret) => text.includes(secret) || headers.includes(secret));
}

const ownIds =
  (tenant: Tenant): At =>
  (name) =>
    tenant.id(name);

async function headersOf({ as = "owner" }: Sample, { tenant, world, person }: Made): Promise<Record<string, string>> {
  if (as === "nobody") return {};
  if (as === "administrator") return await administratorOf(tenant);
  if (as === "person" && person !== undefined) return await bearerOf(world.walked, person, undefined);
  return await tenant.headers();
}

/** Of the organisation; of all, where the deed is a person's or the administrator's. */
async function countEntries({ walked }: World, operation: Operation, { orgId }: Tenant): Promise<number> {
  const everybody = "select count(*) from audit_entries where $1 <> ''";
  const question = isOfOrganization(operation) ? "select count(*) from audit_entries where org_id = $1" : everybody;
  const [row] = await walked.sql<{ count: string }>(question, [orgId]);
  return Number(row?.count);
}

function isAWrite(operation: Operation): boolean {
  return operation.method !== "GET" && operation.permission !== undefined;
}

/** One sample of each operation, in order; `other` is whom nothing may be seen of. */
export async function runSamples(
  world: World,
  samples: Samples,
  { tenant, other, findings }: { tenant: Tenant; other: Tenant | undefined; findings: Findings },
): Promise<void> {
  for (const [id, sample] of Object.entries(samples)) {
    const operation = world.operations.get(id);
    if (operation === undefined) continue;
    try {
      await runSample(world, { operation, sample }, { tenant, other, findings });
    } catch (error) {
      findings.failed.push(`${tenant.name}: ${id}: ${String(error)}`);
    }
  }
}

async function runSample(
  world: World,
  { operation, sample }: { operation: Operation; sample: Sample },
  { tenant, other, findings }: { tenant: Tenant; other: Tenant | undefined; findings: Findings },
): Promise<void> {
  const person: Person | undefined =
    sample.as === "person" ? await signUp(world, { name: tenant.word("somebody") }) : undefined;
  const made: Made = { tenant, world, person };
  await sample.before?.(made);
  const entries = await countEntries(world, operation, tenant);
  const sent = sample.send?.(ownIds(tenant), tenant, person) ?? {};
  const answer = await ask(world.walked.url, operation, { sent, headers: await headersOf(sample, made) });
  noteStatus(findings, operation, answer);
  if (sample.status === undefined ? answer.status >= 400 : answer.status !== sample.status) {
    findings.failed.push(`${tenant.name}: ${describeAnswer(operation, answer)}`);
    return;
  }
  sample.keep?.(answer, tenant);
  const leaked = other && sample.as !== "administrator" ? leakOf(answer, other) : undefined;
  if (leaked !== undefined) findings.leaked.push(`${describeAnswer(operation, answer)} shows ${leaked}`);
  const isRecorded = (await countEntries(world, operation, tenant)) > entries;
  if (isAWrite(operation) && sample.unaudited === undefined && !isRecorded) findings.unaudited.push(operation.id);
}

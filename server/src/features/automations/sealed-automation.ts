/** An automation's row, opened and sealed; what it runs holds the owner's words. */
import type { NewAutomation } from "@parley/contract/automations";
import { and, asc, eq } from "drizzle-orm";
import { newKey, open, seal, unwrapKey, wrapKey } from "../../platform/crypto/envelope.ts";
import type { OrgTx } from "../../platform/db/org-db.ts";
import { type AutomationRow, automations } from "./automations.table.ts";

type Place = Pick<AutomationRow, "orgId" | "id">;

const placeOf = ({ orgId, id }: Place, column: string) => ({ orgId, owner: id, seq: column });

/** Under a key of its own, that stays while the row does: problems of its runs are sealed under it too. */
export function sealAutomation(orgKey: Buffer, row: Place & { keyWrap?: Buffer }, config: NewAutomation) {
  const key = row.keyWrap === undefined ? newKey() : unwrapKey(orgKey, row.keyWrap, row.id);
  const { kind: trigger } = config.when;
  const keyWrap = row.keyWrap ?? wrapKey(orgKey, key, row.id);
  return { keyWrap, trigger, enabled: config.enabled, sealedConfig: seal(key, placeOf(row, "config"), config) };
}

export const openAutomation = (orgKey: Buffer, row: AutomationRow): NewAutomation =>
  open(unwrapKey(orgKey, row.keyWrap, row.id), placeOf(row, "config"), row.sealedConfig) as NewAutomation;

export const sealProblem = (orgKey: Buffer, row: AutomationRow, about: { callId: string; problem: string }): Buffer =>
  seal(unwrapKey(orgKey, row.keyWrap, row.id), placeOf(row, `problem ${about.callId}`), about.problem);

export const openProblem = (
  orgKey: Buffer,
  row: AutomationRow,
  run: { callId: string; sealedProblem: Buffer },
): string =>
  String(open(unwrapKey(orgKey, row.keyWrap, row.id), placeOf(row, `problem ${run.callId}`), run.sealedProblem));

/** Those that are on, oldest first. */
export async function selectEnabled(tx: OrgTx, trigger: AutomationRow["trigger"]): Promise<AutomationRow[]> {
  return await tx
    .select()
    .from(automations)
    .where(and(eq(automations.trigger, trigger), eq(automations.enabled, true)))
    .orderBy(asc(automations.id));
}

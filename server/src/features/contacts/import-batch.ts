/** A batch of lines onto the contacts, in one transaction: read together, changed in memory, written together. */
import type { ImportProblem } from "@parley/contract/contact-imports";
import type { NewContact } from "@parley/contract/contacts";
import { sql } from "drizzle-orm";
import { newId } from "../../platform/db/new-id.ts";
import type { OrgTx } from "../../platform/db/org-db.ts";
import { applyChange, type ChangeRules } from "./apply-change.ts";
import { type ContactDetails, nobody, openContact } from "./contact-details.ts";
import { findByPhones, insertContacts, lockContacts, type OrgKey, rewriteContact } from "./contacts.store.ts";
import type { ContactRow } from "./contacts.table.ts";
import type { CsvLine } from "./read-csv.ts";
import { type LineRules, mask, readLine } from "./read-line.ts";

export interface BatchCounts {
  readonly created: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly badLines: number;
}

interface Draft {
  readonly id: string;
  /** Absent: new. */
  readonly row?: ContactRow;
  details: ContactDetails;
  doNotCall: boolean;
  isChanged: boolean;
}

type LineChange = NewContact & { readonly phones: NonNullable<NewContact["phones"]> };

export interface Batch {
  readonly lines: readonly CsvLine[];
  readonly rules: LineRules & ChangeRules;
  readonly isDryRun: boolean;
}

const union = <T>(left: readonly T[], right: readonly T[] = [], keyOf: (item: T) => string = String): T[] => [
  ...left,
  ...right.filter((item) => !left.some((each) => keyOf(each) === keyOf(item))),
];

/** What the file says is added: numbers, addresses and tags are never taken away by it. */
function additive(now: ContactDetails, change: LineChange): NewContact {
  return {
    ...change,
    phones: union(now.phones, change.phones, ({ number }) => number),
    emails: union(now.emails, change.emails),
    tags: union(now.tags, change.tags, (tag) => tag.toLowerCase()),
  };
}

class Drafts {
  readonly #byId = new Map<string, Draft>();
  readonly #byPhone: Map<string, string>;
  readonly #rules: ChangeRules;

  constructor(holders: Map<string, string>, known: readonly Draft[], rules: ChangeRules) {
    this.#byPhone = new Map(holders);
    this.#rules = rules;
    for (const draft of known) this.#byId.set(draft.id, draft);
  }

  all = (): Draft[] => [...this.#byId.values()];

  /** Two contacts hold the line's numbers: nobody but a person can tell who is meant. */
  take(change: LineChange): "created" | "updated" | "unchanged" | "two-holders" | "too-many" {
    const holders = new Set(change.phones.flatMap(({ number }) => this.#byPhone.get(number) ?? []));
    if (holders.size > 1) return "two-holders";
    const [id] = holders;
    const draft = id === undefined ? undefined : this.#byId.get(id);
    const before = draft ?? this.#make();
    const wanted = additive(before.details, change);
    if ((wanted.phones?.length ?? 0) > 10 || (wanted.emails?.length ?? 0) > 10) return "too-many";
    const details = applyChange(before.details, wanted, this.#rules);
    const doNotCall = change.doNotCall ?? before.doNotCall;
    for (const { number } of details.phones) this.#byPhone.set(number, before.id);
    this.#byId.set(before.id, before);
    const isSame = JSON.stringify(details) === JSON.stringify(before.details) && doNotCall === before.doNotCall;
    if (draft !== undefined && isSame) return "unchanged";
    Object.assign(before, { details, doNotCall, isChanged: true });
    return draft === undefined ? "created" : "updated";
  }

  #make = (): Draft => ({ id: newId("con", this.#rules.nowMs), details: nobody, doNotCall: false, isChanged: true });
}

const problemOf = {
  "two-holders": {
    reason: "the numbers of this line belong to two contacts",
    mend: "Merge the two, or give each line one person's numbers.",
  },
  "too-many": {
    reason: "the contact would have more than ten numbers or addresses",
    mend: "Take some away from the contact first.",
  },
} as const;

/** Throws what the database throws; then nothing of the batch happened. */
export async function importBatch(
  tx: OrgTx,
  org: OrgKey,
  { lines, rules, isDryRun }: Batch,
): Promise<{ counts: BatchCounts; problems: ImportProblem[] }> {
  const read = lines.map((line) => ({ line: line.line, result: readLine(line, rules) }));
  const numbers = read.flatMap(({ result }) =>
    "change" in result ? result.change.phones.map((each) => each.number) : [],
  );
  const holders = await findByPhones(tx, org, [...new Set(numbers)]);
  const rows = await lockContacts(tx, [...new Set(holders.values())]);
  const known = [...rows.values()].map((row): Draft => {
    const { id, doNotCall, ...details } = openContact(org.orgKey, row);
    return { id, row, doNotCall, isChanged: false, details: pickDetails(details) };
  });
  const drafts = new Drafts(holders, known, rules);
  const counts = { created: 0, updated: 0, unchanged: 0, badLines: 0 };
  const problems: ImportProblem[] = [];
  for (const { line, result } of read) {
    if ("problems" in result) {
      counts.badLines++;
      problems.push(...result.problems);
      continue;
    }
    const outcome = drafts.take(result.change);
    if (outcome === "two-holders" || outcome === "too-many") {
      counts.badLines++;
      problems.push({
        line,
        field: "phone",
        value: mask(result.change.phones[0]?.number ?? ""),
        ...problemOf[outcome],
      });
    } else counts[outcome]++;
  }
  if (!isDryRun) await write(tx, org, { drafts: drafts.all(), now: new Date(rules.nowMs) });
  return { counts, problems };
}

/** In the order in which the sealed form has them: a comparison of both sees no difference where there is none. */
function pickDetails(all: ContactDetails): ContactDetails {
  const { name, phones, emails, language, timeZone, notes, tags, fields, consents } = all;
  return { name, phones, emails, language, timeZone, notes, tags, fields, consents };
}

async function write(tx: OrgTx, org: OrgKey, { drafts, now }: { drafts: readonly Draft[]; now: Date }): Promise<void> {
  const changed = drafts.filter(({ isChanged }) => isChanged);
  const fresh = changed.filter(({ row }) => row === undefined);
  for (const { row, details, doNotCall } of changed) {
    if (row !== undefined) await rewriteContact(tx, org, { row, details, doNotCall, now });
  }
  if (fresh.length > 0)
    await insertContacts(
      tx,
      org,
      fresh.map((draft) => ({ ...draft, now })),
    );
}

/** Column by column. */
export async function insertProblems(
  tx: OrgTx,
  orgId: string,
  { importId, sealed }: { importId: string; sealed: readonly { line: number; number: number; problem: Buffer }[] },
): Promise<void> {
  if (sealed.length === 0) return;
  const column = (pick: (row: (typeof sealed)[number]) => unknown) => sql.param(sealed.map(pick));
  await tx.execute(sql`
    insert into contact_import_problems (org_id, import_id, line, number, sealed_problem)
    select ${orgId}, ${importId}, * from unnest(
      ${column(({ line }) => line)}::int[], ${column(({ number }) => number)}::int[], ${column(({ problem }) => problem)}::bytea[])`);
}

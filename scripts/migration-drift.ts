/** Which migrations differ from the ones on record. A database that applied a file refuses to start with another text of it. */

export interface NamedChecksum {
  /** `0001-name`. */
  readonly name: string;
  readonly checksum: string;
}

export interface MigrationDrift {
  /** What is wrong and how to mend it; recording anew is no mend. */
  readonly faults: readonly string[];
  /** Not on record yet, in order. */
  readonly fresh: readonly NamedChecksum[];
}

const numberOf = (name: string) => name.slice(0, 4);
const howToAdd = "Put the change into a new file with the next number, then run: node scripts/migrations.ts";

/** `found` in the order of application, by name. */
export function compareMigrations(
  kept: Readonly<Record<string, string>>,
  found: readonly NamedChecksum[],
): MigrationDrift {
  const faults: string[] = [];
  const fresh: NamedChecksum[] = [];
  const names = new Set(found.map(({ name }) => name));
  for (const name of Object.keys(kept)) {
    if (!names.has(name)) faults.push(`${name}.sql is gone, but databases have applied it. Restore the file.`);
  }
  const lastKept = Object.keys(kept).toSorted().at(-1) ?? "";
  const numbers = new Set<string>();
  for (const migration of found) {
    const { name, checksum } = migration;
    if (numbers.has(numberOf(name))) faults.push(`${name}.sql: another migration has the number ${numberOf(name)}.`);
    numbers.add(numberOf(name));
    if (kept[name] === checksum) continue;
    if (kept[name] !== undefined) {
      faults.push(`${name}.sql has changed since it was recorded. Restore it. ${howToAdd}`);
    } else if (name < lastKept) {
      faults.push(`${name}.sql would come before ${lastKept}, which databases have applied. Give it a higher number.`);
    } else fresh.push(migration);
  }
  return { faults, fresh };
}

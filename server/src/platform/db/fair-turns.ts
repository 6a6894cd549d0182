/** So that one organisation's haste is its own: it never holds every connection, and waits for itself. */
import { DbError } from "./db-error.ts";

export interface FairTurns {
  /** Resolves with what gives the turn back. Throws DbError 53300 (unavailable) when none came in time. */
  take(party: string): Promise<() => void>;
}

/** SQLSTATE `too_many_connections`: of one party's. */
export const tooManyOfParty = "53300";

interface Party {
  running: number;
  readonly waiting: (() => void)[];
}

/** `atOnce` turns for each party; the next in line comes when one is given back. */
export function createFairTurns({ atOnce, waitMs }: { atOnce: number; waitMs: number }): FairTurns {
  const parties = new Map<string, Party>();

  const giveBack = (name: string, party: Party) => {
    const next = party.waiting.shift();
    if (next !== undefined) return next();
    party.running--;
    if (party.running === 0) parties.delete(name);
  };

  const waitIn = (party: Party) =>
    new Promise<void>((resolve, reject) => {
      const come = () => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        party.waiting.splice(party.waiting.indexOf(come), 1);
        reject(new DbError(tooManyOfParty, undefined));
      }, waitMs);
      party.waiting.push(come);
    });

  return {
    async take(name) {
      const party = parties.get(name) ?? { running: 0, waiting: [] };
      parties.set(name, party);
      if (party.running < atOnce) party.running++;
      else await waitIn(party);
      return () => giveBack(name, party);
    },
  };
}

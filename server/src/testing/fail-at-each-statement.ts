/**
 * For tests of "killed between any two statements": a process that dies at its Nth statement, for every N. Dead means dead: its
 * connection is cut (so the database rolls back what was open) and every later statement of it fails too.
 */
import type pg from "pg";
import { createOrgDb, type OrgDb } from "../platform/db/org-db.ts";

export interface DeathPoint {
  /** From 1; `begin` and `commit` count. */
  readonly statement: number;
  /** `after`: the statement was done, its answer was not heard. */
  readonly moment: "before" | "after";
}

export interface MortalDb {
  readonly db: OrgDb;
  isDead(): boolean;
  statements(): number;
}

const lost = () => Object.assign(new Error("Connection terminated"), { code: "ECONNRESET" });

/** An `OrgDb` over the same pool that dies at `point`. */
export function mortalDb(pool: pg.Pool, point: DeathPoint): MortalDb {
  let statements = 0;
  let dead = false;

  const query = async (client: pg.PoolClient, values: readonly unknown[]): Promise<unknown> => {
    if (dead) throw lost();
    statements++;
    const isLast = statements === point.statement;
    if (isLast && point.moment === "before") {
      dead = true;
      throw lost();
    }
    const answer: unknown = await Reflect.apply(client.query, client, values);
    if (!isLast) return answer;
    dead = true;
    throw lost();
  };

  const connect = async (): Promise<pg.PoolClient> => {
    if (dead) throw lost();
    const client = await pool.connect();
    return new Proxy(client, {
      get(target, name) {
        if (name === "query") return (...values: unknown[]) => query(target, values);
        if (name === "release") return (broken?: boolean) => target.release(dead || broken);
        const value: unknown = Reflect.get(target, name);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
  };
  const mortal = new Proxy(pool, { get: (target, name) => (name === "connect" ? connect : Reflect.get(target, name)) });
  return { db: createOrgDb(mortal), isDead: () => dead, statements: () => statements };
}

export interface Deaths {
  readonly pool: pg.Pool;
  /** The work, on the process that dies. Gets a number of its own, for an organisation of its own. */
  attempt(db: OrgDb, round: number): Promise<void>;
  /** What the next start does, and what must be true then. */
  restart(round: number, point: DeathPoint): Promise<void>;
}

/** Dies at each statement of `attempt`, before it and after it, until one runs through. Returns how many deaths there were. */
export async function failAtEachStatement({ pool, attempt, restart }: Deaths): Promise<number> {
  let deaths = 0;
  for (const moment of ["before", "after"] as const) {
    for (let statement = 1; ; statement++) {
      const point = { statement, moment };
      const mortal = mortalDb(pool, point);
      await attempt(mortal.db, deaths).catch((error: unknown) => {
        if (!mortal.isDead()) throw error;
      });
      await restart(deaths, point);
      deaths++;
      if (!mortal.isDead()) break;
    }
  }
  return deaths;
}

/** One of two processes whose callers go for the same time at the same instant. The foreign calendar is the parent's. */
import pg from "pg";
import type { CalendarProvider } from "../features/calendars/calendar.port.ts";
import { ProviderError, type ProviderErrorOptions } from "../kernel/app-error.ts";
import { createOrgDb } from "../platform/db/org-db.ts";
import { deskClock, openBookingDesk } from "./booking-desk.ts";
import type { ToParent, ToRacer } from "./race-bookings.ts";

const waiting = new Map<number, (answer: Extract<ToRacer, { kind: "answer" }>) => void>();
let questions = 0;
const tell = (message: ToParent) => void process.send?.(message);

async function askParent(question: string, given: readonly unknown[]): Promise<unknown> {
  const id = ++questions;
  const { promise, resolve } = Promise.withResolvers<Extract<ToRacer, { kind: "answer" }>>();
  waiting.set(id, resolve);
  tell({ kind: "question", id, question, given: given.filter((each) => !(each instanceof AbortSignal)) });
  const { failed, value } = await promise;
  if (failed !== undefined) throw new ProviderError("failed", failed as ProviderErrorOptions);
  return value;
}

const provider = new Proxy({ vendor: "google" } as CalendarProvider, {
  get: (target, question) =>
    question in target || typeof question !== "string" || question === "then"
      ? Reflect.get(target, question)
      : (...given: unknown[]) => askParent(question, given),
});

async function race({
  appUrl,
  masterKey,
  callers,
  startsAt,
}: Extract<ToRacer, { kind: "open" }>): Promise<() => Promise<void>> {
  const pool = new pg.Pool({ connectionString: appUrl, max: 12 });
  const { clock } = deskClock();
  const desk = await openBookingDesk({
    db: createOrgDb(pool),
    clock,
    provider,
    masterKey: Buffer.from(masterKey, "base64"),
  });
  return async () => {
    const outcomes = await Promise.all(
      callers.map((caller) => desk.book(caller, startsAt).catch((error: unknown) => ({ error: String(error) }))),
    );
    tell({ kind: "outcomes", outcomes, emitted: desk.emitted.map(({ type }) => type) });
    await pool.end();
    process.disconnect();
  };
}

let go: (() => Promise<void>) | undefined;
process.on("message", (message: ToRacer) => {
  if (message.kind === "answer") {
    waiting.get(message.id)?.(message);
    waiting.delete(message.id);
  } else if (message.kind === "go") {
    void go?.();
  } else {
    void race(message).then((ready) => {
      go = ready;
      tell({ kind: "ready" });
    });
  }
});

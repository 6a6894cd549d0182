/** Callers of two processes go for one time at the same instant, on one database. */
import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import type { AppointmentOutcome } from "../features/appointments/index.ts";
import type { CalendarProvider } from "../features/calendars/calendar.port.ts";
import { ProviderError, type ProviderErrorOptions } from "../kernel/app-error.ts";

export type ToRacer =
  | { kind: "open"; appUrl: string; masterKey: string; callers: readonly number[]; startsAt: string }
  | { kind: "go" }
  | { kind: "answer"; id: number; value?: unknown; failed?: ProviderErrorOptions };

export type RacedOutcome = AppointmentOutcome | { readonly error: string };

export type ToParent =
  | { kind: "ready" }
  | { kind: "question"; id: number; question: string; given: readonly unknown[] }
  | { kind: "outcomes"; outcomes: RacedOutcome[]; emitted: string[] };

export interface Race {
  readonly appUrl: string;
  readonly masterKey: Buffer;
  /** Absent: nothing is linked. */
  readonly provider?: CalendarProvider;
  readonly callers: number;
  readonly startsAt: string;
}

async function answer(
  child: ChildProcess,
  provider: CalendarProvider | undefined,
  asked: Extract<ToParent, { kind: "question" }>,
) {
  const { id, question, given } = asked;
  const reply: ToRacer = { kind: "answer", id };
  try {
    const method: unknown = provider && Reflect.get(provider, question);
    if (typeof method !== "function") throw new Error(`nobody answers ${question}`);
    const value: unknown = await Reflect.apply(method, provider, [...given, new AbortController().signal]);
    child.send({ ...reply, value });
  } catch (error) {
    const { category = "network", permanent = false, status } = error instanceof ProviderError ? error : {};
    child.send({
      ...reply,
      failed: { provider: "google", category, permanent, ...(status !== undefined && { status }) },
    });
  }
}

export async function raceBookings({ appUrl, masterKey, provider, callers, startsAt }: Race) {
  const children = [0, 1].map(() => fork(join(import.meta.dirname, "booking-racer-child.ts")));
  const outcomes: RacedOutcome[] = [];
  const emitted: string[] = [];
  let ready = 0;
  const ended = children.map((child, which) => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    child.on("error", reject);
    child.on("exit", (code) => (code === 0 ? resolve() : reject(new Error(`a racer ended with ${code}`))));
    child.on("message", (message: ToParent) => {
      if (message.kind === "question") void answer(child, provider, message);
      if (message.kind === "ready" && ++ready === children.length)
        for (const each of children) each.send({ kind: "go" });
      if (message.kind !== "outcomes") return;
      outcomes.push(...message.outcomes);
      emitted.push(...message.emitted);
    });
    const mine = Array.from({ length: callers }, (_, caller) => caller).filter((caller) => caller % 2 === which);
    child.send({
      kind: "open",
      appUrl,
      masterKey: masterKey.toString("base64"),
      callers: mine,
      startsAt,
    } satisfies ToRacer);
    return promise;
  });
  await Promise.all(ended);
  return { outcomes, emitted };
}

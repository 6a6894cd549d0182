/** Somebody else's calendar, in memory. Like the real ones it refuses no overlap, and fails when it is told to. */
import type { CalendarProvider, ExternalEvent } from "../features/calendars/calendar.port.ts";
import { ProviderError } from "../kernel/app-error.ts";

type Question = "listEvents" | "createEvent" | "moveEvent" | "removeEvent" | "findEvent";

export interface ScriptedCalendar extends CalendarProvider {
  /** By id there. */
  readonly events: Map<string, ExternalEvent & { readonly title: string }>;
  /** A person writes into it. */
  put(startMs: number, endMs: number): void;
  /**
   * The next so many questions of this kind fail: `before` anything was done, or after it was done, with the answer `lost`. `then` runs
   * when the last of them was asked.
   */
  fail(question: Question, how: "before" | "lost" | "refused", times?: number): void;
  /** Everything works again. */
  mend(): void;
  /** Runs when a question of this kind has been answered, once. */
  after(question: Question, run: () => void): void;
  readonly asked: Question[];
}

const failure = (category: "network" | "timeout" | "bad-request", status?: number) =>
  new ProviderError(`the scripted calendar failed: ${category}`, {
    ...{ provider: "google", category, permanent: category === "bad-request" },
    ...(status !== undefined && { status }),
  });

export function createScriptedCalendar(): ScriptedCalendar {
  const events: ScriptedCalendar["events"] = new Map();
  const faults = new Map<Question, { how: "before" | "lost" | "refused"; left: number }>();
  const watchers = new Map<Question, () => void>();
  const asked: Question[] = [];
  let version = 0;

  const answer = async <T>(question: Question, work: () => T): Promise<T> => {
    asked.push(question);
    // As over a network: others come in between.
    await new Promise((resolve) => setImmediate(resolve));
    const fault = faults.get(question);
    const fails = fault !== undefined && fault.left > 0;
    if (fails) fault.left--;
    if (fails && fault.how === "before") throw failure("network");
    if (fails && fault.how === "refused") throw failure("bad-request", 403);
    const done = work();
    if (fails) throw failure("timeout");
    const watcher = watchers.get(question);
    watchers.delete(question);
    watcher?.();
    return done;
  };
  const find = (appointmentId: string) => [...events.values()].find((event) => event.appointmentId === appointmentId);
  const store = (event: Omit<ExternalEvent, "etag"> & { title: string }) => {
    const kept = { ...event, etag: `v${++version}` };
    events.set(event.externalId, kept);
    return kept;
  };

  return {
    ...{ vendor: "google" as const, events, asked },
    put: (startMs, endMs) =>
      void store({ externalId: `theirs${version}`, startMs, endMs, isBusy: true, title: "Lunch" }),
    fail: (question, how, times = 1) => void faults.set(question, { how, left: times }),
    mend: () => faults.clear(),
    after: (question, run) => void watchers.set(question, run),
    listCalendars: async () => [{ id: "main", name: "Main", isPrimary: true, canWrite: true }],
    listEvents: (_calendar, { startMs, endMs }) =>
      answer("listEvents", () =>
        [...events.values()].filter((event) => event.startMs < endMs && event.endMs > startMs),
      ),
    createEvent: (_calendar, { appointmentId, startMs, endMs, title }) =>
      answer("createEvent", () => {
        const externalId = `ours-${appointmentId}`;
        return events.get(externalId) ?? store({ externalId, appointmentId, startMs, endMs, title, isBusy: true });
      }),
    moveEvent: (_calendar, { externalId, etag, startMs, endMs }) =>
      answer("moveEvent", () => {
        const event = events.get(externalId);
        if (event === undefined) throw failure("bad-request", 404);
        if (etag !== undefined && event.etag !== etag) throw failure("bad-request", 412);
        return store({ ...event, startMs, endMs });
      }),
    removeEvent: (_calendar, { externalId }) => answer("removeEvent", () => void events.delete(externalId)),
    findEvent: (_calendar, appointmentId) => answer("findEvent", () => find(appointmentId)),
    changesSince: async () => ({ changed: [], removed: [], cursor: "1", isComplete: true }),
  };
}

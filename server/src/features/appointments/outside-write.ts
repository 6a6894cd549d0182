/** Look, write, look again: how something gets into a calendar that refuses no overlap. What is not certain is called so. */
import { ProviderError } from "../../kernel/app-error.ts";
import type { Clock } from "../../kernel/clock.ts";
import type { CalendarProvider, CalendarRange, ExternalEvent } from "../calendars/calendar.port.ts";

/** Asks the vendor one thing, within its time. Throws ProviderError. */
export type Ask = <T>(ask: (signal: AbortSignal) => Promise<T>) => Promise<T>;

/** No question takes longer than `eachMs`, all of them together no longer than `allMs`, whether the vendor minds the signal or not. */
export function askWithin(clock: Clock, { eachMs, allMs }: { eachMs: number; allMs: number }): Ask {
  const endsAt = clock.now() + allMs;
  return async (ask) => {
    const control = new AbortController();
    const { promise: late, reject } = Promise.withResolvers<never>();
    const cancel = clock.setTimer(Math.min(eachMs, endsAt - clock.now()), () => {
      control.abort();
      reject(
        new ProviderError("the calendar did not answer in time", {
          ...{ provider: "calendar", category: "timeout", permanent: false },
        }),
      );
    });
    try {
      return await Promise.race([ask(control.signal), late]);
    } finally {
      cancel();
    }
  };
}

export interface OutsideWish {
  readonly provider: CalendarProvider;
  readonly ask: Ask;
  readonly externalCalendarId: string;
  /** What the event there says it is. */
  readonly appointmentId: string;
  /** With buffers: nothing else may be in it. */
  readonly range: CalendarRange;
  /** It was begun before: ours may stand there already. */
  readonly mayStand: boolean;
  /** Safe to do twice. */
  write(signal: AbortSignal): Promise<ExternalEvent>;
  /** Whether the event, as it stands there, is what was wished. */
  isDone(event: ExternalEvent): boolean;
  undo(event: ExternalEvent, signal: AbortSignal): Promise<void>;
  /** Which of these are events of appointments that were cancelled here: they are about to go. */
  cancelledAmong(appointmentIds: readonly string[]): Promise<ReadonlySet<string>>;
  /** Notes that from now on something may stand there. False: the wish is no longer ours. */
  noteWriting(): Promise<boolean>;
}

export type Written =
  | { readonly result: "done"; readonly event: ExternalEvent }
  /** Somebody is there. `isUndone` false: ours may still stand there too. */
  | { readonly result: "taken"; readonly isUndone: boolean; readonly busy: readonly CalendarRange[] }
  /** Certain: nothing was written. */
  | { readonly result: "unreachable"; readonly isGone: boolean }
  /** Nobody knows whether it was written. */
  | { readonly result: "unknown" }
  | { readonly result: "lost" };

const aroundMs = 86_400_000;

interface Look {
  readonly isTaken: boolean;
  /** Around the time wished: for what is offered instead. */
  readonly busy: readonly CalendarRange[];
}

async function look(wish: OutsideWish): Promise<Look> {
  const { provider, ask, externalCalendarId, appointmentId, range } = wish;
  const around = { startMs: range.startMs - aroundMs, endMs: range.endMs + aroundMs };
  const events = await ask((signal) => provider.listEvents(externalCalendarId, around, signal));
  const others = events.filter((event) => event.isBusy && event.appointmentId !== appointmentId);
  const ours = others.flatMap((event) => event.appointmentId ?? []);
  const leaving = ours.length === 0 ? new Set<string>() : await wish.cancelledAmong(ours);
  const busy = others
    .filter((event) => event.appointmentId === undefined || !leaving.has(event.appointmentId))
    .map(({ startMs, endMs }) => ({ startMs, endMs }));
  return { isTaken: busy.some((each) => each.startMs < range.endMs && each.endMs > range.startMs), busy };
}

/** The vendor said no: then it did nothing. Without an answer, or with a broken one, nobody knows. */
function isRefusal(error: unknown): boolean {
  if (!(error instanceof ProviderError)) return false;
  return ["auth", "bad-request", "rate-limit", "content"].includes(error.category);
}

const statusOf = (error: unknown) => (error instanceof ProviderError ? error.status : undefined);

type Attempt =
  | { readonly is: "written"; readonly event: ExternalEvent }
  | { readonly is: "refused"; readonly isGone: boolean }
  | { readonly is: "unknown" };

/** Twice at most: the write is idempotent, and `findEvent` tells of one whose answer was lost. */
async function writeSurely(wish: OutsideWish): Promise<Attempt> {
  const { provider, ask, externalCalendarId, appointmentId } = wish;
  let isUnknown = false;
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      return { is: "written", event: await ask((signal) => wish.write(signal)) };
    } catch (error) {
      // Changed there in between: the second attempt reads it anew.
      if (isRefusal(error) && !isUnknown && statusOf(error) !== 412) {
        return { is: "refused", isGone: statusOf(error) === 404 || statusOf(error) === 410 };
      }
      isUnknown ||= !isRefusal(error);
    }
    if (!isUnknown) continue;
    const found = await ask((signal) => provider.findEvent(externalCalendarId, appointmentId, signal)).catch(
      () => undefined,
    );
    if (found !== undefined && wish.isDone(found)) return { is: "written", event: found };
  }
  return isUnknown ? { is: "unknown" } : { is: "refused", isGone: false };
}

async function undo(wish: OutsideWish, event: ExternalEvent): Promise<boolean> {
  try {
    await wish.ask((signal) => wish.undo(event, signal));
    return true;
  } catch {
    return false;
  }
}

export async function writeOutside(wish: OutsideWish): Promise<Written> {
  let before: Look;
  try {
    before = await look(wish);
  } catch {
    return { result: "unreachable", isGone: false };
  }
  if (before.isTaken) return { result: "taken", isUndone: !wish.mayStand, busy: before.busy };
  if (!(await wish.noteWriting())) return { result: "lost" };
  const attempt = await writeSurely(wish);
  if (attempt.is === "unknown") return { result: "unknown" };
  if (attempt.is === "refused") return { result: "unreachable", isGone: attempt.isGone };
  const { event } = attempt;
  const after = await look(wish).catch(() => look(wish).catch(() => undefined));
  if (after === undefined) return { result: "unknown" };
  if (!after.isTaken) return { result: "done", event };
  return { result: "taken", isUndone: await undo(wish, event), busy: after.busy };
}

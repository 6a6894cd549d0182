import { AppError, ProviderError } from "../../kernel/app-error.ts";
import type { CalendarProvider } from "./calendar.port.ts";

const listingMs = 10_000;

/** Whether an account has this calendar and may write to it. Undefined: it could not be asked. */
export async function canWriteThere(
  open: () => Promise<CalendarProvider>,
  externalCalendarId: string,
): Promise<boolean | undefined> {
  try {
    const known = await (await open()).listCalendars(AbortSignal.timeout(listingMs));
    return known.some(({ id, canWrite }) => id === externalCalendarId && canWrite);
  } catch (error) {
    if (error instanceof ProviderError || error instanceof AppError) return undefined;
    throw error;
  }
}

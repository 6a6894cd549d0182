/** Accounts that a person's consent connects. */
import type { Config } from "../config.ts";
import type { Probe } from "../features/connections/index.ts";

export function createCalendarProbe(_config: Config): Probe {
  return async () => {};
}

import { type Logger, pino } from "pino";
import type { LogLine } from "../platform/db/log-line.ts";

/** JSON lines on standard error: standard output is for the person who started the program. */
export function createLogger(level: string, processName: string): Logger {
  return pino(
    { level, base: { process: processName }, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ fd: 2, sync: false }),
  );
}

export function toLogLine(log: Logger): LogLine {
  return (level, message, facts) => log[level](facts ?? {}, message);
}

import { type Logger, pino } from "pino";
import type { LogLine } from "../platform/db/log-line.ts";

/**
 * The last defence: nothing personal is given to a log, and what is given all the same, in a driver's or a vendor's words, does not pass.
 * Numbers in E.164, addresses, and numbers as long as a card's or a national id's; times in milliseconds are shorter.
 */
export function withoutPersonal(line: string): string {
  return line
    .replace(/(?<![\p{L}\p{N}._%+-])[\p{L}\p{N}._%+-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+/gu, "[e-mail address]")
    .replace(/(?<![\w.+-])\+\d{8,15}(?!\d)/g, "[phone number]")
    .replace(/(?<![\w.-])\d(?:[ -]?\d){13,18}(?![\w.-])/g, "[number]");
}

/** JSON lines on standard error: standard output is for the person who started the program. */
export function createLogger(level: string, processName: string): Logger {
  return pino(
    {
      level,
      base: { process: processName },
      timestamp: pino.stdTimeFunctions.isoTime,
      hooks: { streamWrite: withoutPersonal },
    },
    pino.destination({ fd: 2, sync: false }),
  );
}

export function toLogLine(log: Logger): LogLine {
  return (level, message, facts) => log[level](facts ?? {}, message);
}

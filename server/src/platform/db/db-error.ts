/** Database failures without words: a driver's error carries SQL, parameters and row values, and none of these may reach a log. */
export class DbError extends Error {
  /** SQLSTATE, or the network's error code, or "unknown". */
  readonly code: string;
  readonly constraint: string | undefined;
  /** True when the database was not there or could not take it now: the same work may succeed later. */
  readonly isUnavailable: boolean;

  constructor(code: string, constraint: string | undefined) {
    super(`database error ${code}${constraint === undefined ? "" : ` (${constraint})`}`);
    this.name = "DbError";
    this.code = code;
    this.constraint = constraint;
    this.isUnavailable = isUnavailableCode(code);
  }
}

interface DriverFields {
  readonly code: string;
  readonly constraint: string | undefined;
}

/** Connection lost, server stopping or starting, out of room, lock or deadlock, and the network's own codes. */
function isUnavailableCode(code: string): boolean {
  if (!/^[0-9A-Z]{5}$/.test(code)) return code !== "unknown";
  return ["08", "40", "53", "55", "57", "58", "28"].includes(code.slice(0, 2)) || code === "3D000";
}

/** SQLSTATE of an error as the driver or the query builder threw it. */
export function sqlStateOf(error: unknown): string | undefined {
  if (error instanceof DbError) return error.code;
  return driverFieldsOf(error)?.code;
}

/** A database failure as DbError; anything else as it is. */
export function withoutValues(error: unknown): unknown {
  if (error instanceof DbError) return error;
  const fields = driverFieldsOf(error);
  if (fields !== undefined) return new DbError(fields.code, fields.constraint);
  if (error instanceof Error && error.name === "DrizzleQueryError") return new DbError("unknown", undefined);
  return error;
}

function driverFieldsOf(error: unknown): DriverFields | undefined {
  if (!(error instanceof Error)) return undefined;
  const code = "code" in error && typeof error.code === "string" ? error.code : undefined;
  const isNetwork = code !== undefined && /^E[A-Z_]+$/.test(code);
  if (code !== undefined && (isNetwork || /^[0-9A-Z]{5}$/.test(code))) {
    const constraint = "constraint" in error && typeof error.constraint === "string" ? error.constraint : undefined;
    return { code, constraint };
  }
  // The driver throws plain errors for its own timeouts and lost connections.
  if (
    /^(Connection terminated|timeout expired|timeout exceeded|Query read timeout|Client has encountered)/.test(
      error.message,
    )
  ) {
    return { code: "connection-lost", constraint: undefined };
  }
  return driverFieldsOf(error.cause);
}

/** How the plumbing tells the operator something. `facts` are ids, numbers and codes, never content of a call. */
export type LogLine = (
  level: "info" | "warn" | "error",
  message: string,
  facts?: Readonly<Record<string, string | number | boolean>>,
) => void;

export const silentLog: LogLine = () => {};

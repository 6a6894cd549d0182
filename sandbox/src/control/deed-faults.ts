/** Failing on demand, before a request does anything or after it has done everything and its answer is lost. */
import type { ServerResponse } from "node:http";

export type DeedFault = {
  /** `before`: nothing was done. `after`: it was done, and nobody is told. */
  readonly when: "before" | "after";
  /** A status with the vendor's own words; `cut` ends the connection; `hang` never answers. */
  readonly how: number | "cut" | "hang";
  /** Requests it strikes; 1 unless told. */
  readonly times?: number;
  /** Of these alone: `POST`, `DELETE`. */
  readonly method?: string;
  /** Seconds to be left alone. */
  readonly retryAfterSeconds?: number;
};

export type DeedFaults = {
  set(faults: readonly DeedFault[]): void;
  /** The fault that strikes this request, counted. */
  take(when: DeedFault["when"], method: string): DeedFault | undefined;
};

export function createDeedFaults(): DeedFaults {
  let waiting: { fault: DeedFault; left: number }[] = [];
  return {
    set(faults) {
      waiting = faults.map((fault) => ({ fault, left: fault.times ?? 1 }));
    },
    take(when, method) {
      const found = waiting.find(
        ({ fault, left }) => left > 0 && fault.when === when && (fault.method ?? method) === method,
      );
      if (found === undefined) return undefined;
      found.left--;
      return found.fault;
    },
  };
}

/** True: the connection was dealt with. A status is for the vendor to word. */
export function strike({ how }: DeedFault, response: ServerResponse): boolean {
  if (how === "cut") response.destroy();
  return how === "cut" || how === "hang";
}

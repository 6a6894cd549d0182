const DEFAULT_SCHEDULE: readonly number[] = [120, 160, 250, 290];
const LEAST_TRIGGER = 50;

export type TextBuffer = {
  /** Takes text as it comes; returns what is to be spoken now, or undefined. */
  add(text: string, force: boolean): string | undefined;
  /** Everything that is left, or undefined. */
  flush(): string | undefined;
  setSchedule(schedule: readonly number[]): void;
};

/** When written text becomes speech: at once in auto mode, else when enough characters have come. */
export function createTextBuffer(autoMode: boolean): TextBuffer {
  let schedule = DEFAULT_SCHEDULE;
  let [waiting, generation] = ["", 0];

  function take(length: number): string | undefined {
    const text = waiting.slice(0, length);
    waiting = waiting.slice(length);
    generation += 1;
    return text.trim() === "" ? undefined : text;
  }

  return {
    add(text, force) {
      waiting += text;
      if (autoMode) return take(waiting.length);
      const enough = force ? LEAST_TRIGGER : (schedule[Math.min(generation, schedule.length - 1)] ?? LEAST_TRIGGER);
      if (waiting.length < enough) return undefined;
      const space = waiting.lastIndexOf(" ");
      return take(space > 0 ? space + 1 : waiting.length);
    },
    flush: () => take(waiting.length),
    setSchedule(next) {
      schedule = next;
    },
  };
}

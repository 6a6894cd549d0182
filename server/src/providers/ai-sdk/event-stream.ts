import type { Clock } from "../../kernel/clock.ts";

/** Reads the `data:` lines of a server-sent event stream, one batch for each piece the network delivers. */
export interface EventStreamReader {
  /** The next lines, or undefined at the end of the body. Rejects when the connection breaks or is aborted. */
  next(): Promise<readonly string[] | undefined>;
  /** Reads what is left in the background, so that the connection can be used again; gives up after a second. */
  drain(clock: Clock, giveUp: () => void): void;
}

const drainLimitMs = 1000;

export function readEventStream(body: ReadableStream<Uint8Array>): EventStreamReader {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  return {
    async next() {
      const { done, value } = await reader.read();
      if (done) {
        const lines = dataLines(`${rest}${decoder.decode()}`);
        rest = "";
        return lines.length > 0 ? lines : undefined;
      }
      rest += decoder.decode(value, { stream: true });
      const end = rest.lastIndexOf("\n");
      if (end < 0) return [];
      const lines = dataLines(rest.slice(0, end));
      rest = rest.slice(end + 1);
      return lines;
    },
    drain(clock, giveUp) {
      const cancel = clock.setTimer(drainLimitMs, giveUp);
      readToEnd(reader).then(cancel, cancel);
    },
  };
}

async function readToEnd(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
  for (;;) {
    const { done } = await reader.read();
    if (done) return;
  }
}

function dataLines(text: string): string[] {
  const lines: string[] = [];
  for (const line of text.split("\n")) {
    if (!line.startsWith("data:")) continue;
    const data = line.slice(5).trim();
    if (data !== "") lines.push(data);
  }
  return lines;
}

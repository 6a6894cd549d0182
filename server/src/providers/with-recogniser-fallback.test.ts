import { describe, expect, test } from "vitest";
import { phoneFormat } from "../audio/frame.ts";
import type { SpeechToText, TranscriptEvent, TranscriptionOptions } from "../call/ports.ts";
import { ProviderError } from "../kernel/app-error.ts";
import { createManualClock } from "../testing/manual-clock.ts";
import { withRecogniserFallback } from "./with-recogniser-fallback.ts";

const error = new ProviderError("gone", { provider: "a", category: "network", permanent: false });

interface Puppet extends SpeechToText {
  readonly opened: { options: TranscriptionOptions; sent: number[]; finalized: number; closed: boolean }[];
  emit(event: TranscriptEvent): void;
}

function puppet(provider: string, decidesTurns = false): Puppet {
  const opened: Puppet["opened"] = [];
  return {
    provider,
    model: provider,
    decidesTurns,
    inputFormats: [phoneFormat],
    opened,
    emit: (event) => opened.at(-1)?.options.onEvent(event),
    open(options) {
      const stream = { options, sent: [] as number[], finalized: 0, closed: false };
      opened.push(stream);
      return {
        sendAudio: (frame) => void stream.sent.push(...frame),
        finalize: () => void (stream.finalized += 1),
        close: () => void (stream.closed = true),
      };
    },
  };
}

function openWith(recognisers: SpeechToText[]) {
  const events: TranscriptEvent[] = [];
  const clock = createManualClock();
  const both = withRecogniserFallback(recognisers, { clock });
  const signal = new AbortController().signal;
  const open = () =>
    both.open({
      format: phoneFormat,
      language: "en-US",
      keyterms: [],
      signal,
      onEvent: (event) => void events.push(event),
    });
  return { clock, events, open, stream: open() };
}

const frame = new Uint8Array(160);
/** Sends that many seconds; every sample carries the number of its second. */
function sendSeconds(stream: { sendAudio(frame: Uint8Array): void }, from: number, count: number): void {
  for (let at = from * 50; at < (from + count) * 50; at += 1) stream.sendAudio(frame.fill(Math.floor(at / 50)));
}
const secondsIn = (samples: readonly number[]) => [...new Set(samples)];

describe("several recognisers as one", () => {
  test("the next one hears the last three seconds again, and its times are the call's", () => {
    const [a, b] = [puppet("a"), puppet("b")];
    const { events, stream } = openWith([a, b]);
    sendSeconds(stream, 0, 5);
    a.emit({ type: "failed", error });
    expect(secondsIn(b.opened[0]!.sent)).toEqual([2, 3, 4]);
    expect(b.opened[0]!.sent.length).toBe(24_000);
    sendSeconds(stream, 5, 1);
    expect(b.opened[0]!.sent.length).toBe(32_000);
    b.emit({ type: "final", text: "hello", audioEndMs: 3500, endOfSpeech: true });
    expect(events).toEqual([{ type: "final", text: "hello", audioEndMs: 5500, endOfSpeech: true }]);
    stream.finalize();
    expect(b.opened[0]!.finalized).toBe(1);
    expect(a.opened[0]!.closed).toBe(true);
  });

  test("audio whose words are final is not heard twice", () => {
    const [a, b] = [puppet("a"), puppet("b")];
    const { stream } = openWith([a, b]);
    sendSeconds(stream, 0, 5);
    a.emit({ type: "final", text: "hello", audioEndMs: 4000, endOfSpeech: true });
    a.emit({ type: "failed", error });
    expect(secondsIn(b.opened[0]!.sent)).toEqual([4]);
  });

  test("what a dead recogniser still says is not heard; when none is left the failure is told", () => {
    const [a, b] = [puppet("a"), puppet("b")];
    const { events, stream } = openWith([a, b]);
    a.emit({ type: "failed", error });
    a.emit({ type: "interim", text: "ghost" });
    b.emit({ type: "failed", error });
    sendSeconds(stream, 0, 1);
    expect(events).toEqual([{ type: "failed", error }]);
  });

  test("the first is used again when it was left alone for 30 s", async () => {
    const [a, b] = [puppet("a"), puppet("b")];
    const { clock, open } = openWith([a, b]);
    a.emit({ type: "failed", error });
    open();
    expect([a.opened.length, b.opened.length]).toEqual([1, 2]);
    await clock.advance(30_000);
    open();
    expect([a.opened.length, b.opened.length]).toEqual([2, 2]);
  });

  test("recognisers of two kinds are refused with their names", () => {
    expect(() => openWith([puppet("a"), puppet("flux", true)])).toThrow("flux cannot stand in");
  });
});

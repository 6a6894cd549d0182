import { describe, expect, test } from "vitest";
import { phoneFormat } from "../audio/frame.ts";
import type { SpeechEvent, SpeechRequest, TextToSpeech } from "../call/ports.ts";
import { ProviderError } from "../kernel/app-error.ts";
import { createManualClock } from "../testing/manual-clock.ts";
import { withVoiceFallback } from "./with-voice-fallback.ts";

const error = new ProviderError("the voice is gone", { provider: "a", category: "network", permanent: false });

interface Puppet extends TextToSpeech {
  readonly opened: { request: SpeechRequest; pushed: string[]; ended: boolean }[];
  emit(event: SpeechEvent): void;
}

/** A voice whose events the test sends by hand. */
function puppet(provider: string, failsAtOpen = false): Puppet {
  const opened: Puppet["opened"] = [];
  return {
    provider,
    model: provider,
    outputFormats: [phoneFormat],
    opened,
    emit: (event) => opened.at(-1)?.request.onEvent(event),
    open(request) {
      const stream = { request, pushed: [] as string[], ended: false };
      opened.push(stream);
      if (failsAtOpen) request.onEvent({ type: "failed", error });
      return { push: (text) => void stream.pushed.push(text), end: () => void (stream.ended = true) };
    },
  };
}

function openWith(voices: TextToSpeech[], abort = new AbortController()) {
  const events: SpeechEvent[] = [];
  const switches: string[] = [];
  const both = withVoiceFallback(voices, {
    clock: createManualClock(),
    onSwitch: ({ from, to }) => switches.push(`${from}>${to}`),
  });
  const request = { language: "en-US", voice: "anna", format: phoneFormat, signal: abort.signal };
  const stream = both.open({ ...request, onEvent: (event) => void events.push(event) });
  return { both, events, switches, stream };
}

const audio = (segment: number, bytes: number[], chars?: number): SpeechEvent => ({
  type: "audio",
  segment,
  audio: Uint8Array.from(bytes),
  ...(chars === undefined ? {} : { chars }),
});

describe("several voices as one", () => {
  test("the next voice speaks on from the segment that is not complete, without what was heard of it", () => {
    const [a, b] = [puppet("a"), puppet("b")];
    const { events, switches, stream } = openWith([a, b]);
    for (const text of ["One.", "Two.", "Three."]) stream.push(text);
    stream.end();
    for (const event of [audio(0, [1, 2]), { type: "segment-end", segment: 0 } as const, audio(1, [3, 4, 5])])
      a.emit(event);
    a.emit({ type: "failed", error });
    expect(switches).toEqual(["a>b"]);
    expect(b.opened[0]).toMatchObject({ pushed: ["Two.", "Three."], ended: true });
    for (const event of [audio(0, [13, 14]), audio(0, [15, 16, 17]), { type: "segment-end", segment: 0 } as const])
      b.emit(event);
    b.emit(audio(1, [18]));
    b.emit({ type: "segment-end", segment: 1 });
    b.emit({ type: "done" });
    expect(events).toEqual([
      audio(0, [1, 2]),
      { type: "segment-end", segment: 0 },
      audio(1, [3, 4, 5]),
      audio(1, [16, 17]),
      { type: "segment-end", segment: 1 },
      audio(2, [18]),
      { type: "segment-end", segment: 2 },
      { type: "done" },
    ]);
  });

  test("a voice that aligns tells where to go on, and the words are counted through", () => {
    const [a, b] = [puppet("a"), puppet("b")];
    const { events, stream } = openWith([a, b]);
    stream.push("Hello there.");
    a.emit(audio(0, [1], 6));
    a.emit({ type: "failed", error });
    stream.push("Next.");
    expect(b.opened[0]?.pushed).toEqual(["there.", "Next."]);
    b.emit(audio(0, [2], 6));
    expect(events.at(-1)).toEqual(audio(0, [2], 12));
  });

  test("a segment that was spoken to its last word ends, and is not said again", () => {
    const [a, b] = [puppet("a"), puppet("b")];
    const { events, stream } = openWith([a, b]);
    stream.push("Hello. ");
    stream.push("Bye.");
    a.emit(audio(0, [1], 6));
    a.emit({ type: "failed", error });
    expect(events.at(-1)).toEqual({ type: "segment-end", segment: 0 });
    expect(b.opened[0]?.pushed).toEqual(["Bye."]);
    b.emit(audio(0, [2], 4));
    expect(events.at(-1)).toEqual(audio(1, [2], 4));
  });

  test("the first vendor's voice id is not given to the second; the failed stream is closed and not heard any more", () => {
    const [a, b] = [puppet("a"), puppet("b")];
    const { events } = openWith([a, b]);
    const first = a.opened[0]!;
    a.emit({ type: "failed", error });
    expect([first.request.voice, b.opened[0]?.request.voice]).toEqual(["anna", undefined]);
    expect(first.request.signal.aborted).toBe(true);
    first.request.onEvent(audio(0, [1]));
    expect(events).toEqual([]);
  });

  test("a voice that fails while it opens is replaced; when none is left the failure is told once", () => {
    const [a, b, c] = [puppet("a", true), puppet("b"), puppet("c", true)];
    const { events, stream } = openWith([a, b, c]);
    stream.push("One.");
    expect(b.opened[0]?.pushed).toEqual(["One."]);
    b.emit({ type: "failed", error });
    stream.push("Two.");
    expect(events).toEqual([{ type: "failed", error }]);
  });

  test("a voice that failed is passed over by the next reply", () => {
    const [a, b] = [puppet("a"), puppet("b")];
    const { both } = openWith([a, b]);
    a.emit({ type: "failed", error });
    both.open({
      language: "en-US",
      format: phoneFormat,
      signal: new AbortController().signal,
      onEvent: () => undefined,
    });
    expect([a.opened.length, b.opened.length]).toEqual([1, 2]);
  });

  test("after an abort nothing is heard and nobody else speaks", () => {
    const [a, b] = [puppet("a"), puppet("b")];
    const abort = new AbortController();
    const { events } = openWith([a, b], abort);
    abort.abort();
    expect(a.opened[0]?.request.signal.aborted).toBe(true);
    a.emit(audio(0, [1]));
    a.emit({ type: "failed", error });
    expect(events).toEqual([]);
    expect(b.opened.length).toBe(0);
  });
});

/* oxlint-disable eslint/max-lines-per-function -- a suite of tests is one function */
/**
 * What every recogniser and every voice must do, whoever makes it. An adapter's test hands in a way to start its own
 * scripted vendor and runs the suite.
 */
import { afterEach, describe, expect, test } from "vitest";
import type { AudioFormat } from "../audio/frame.ts";
import { bytesForDuration, bytesPerSample } from "../audio/frame.ts";
import type { SpeechEvent, SpeechToText, TextToSpeech, TranscriptEvent } from "../call/ports.ts";
import { ProviderError } from "../kernel/app-error.ts";

const patienceMs = 5000;

/** Polls real sockets and processes; bounded. */
export async function eventually(isSo: () => boolean, what: string, timeoutMs = patienceMs): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!isSo()) {
    if (performance.now() > deadline) throw new Error(`Waited ${timeoutMs} ms in vain for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Lets everything that is already under way arrive. */
function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 80));
}

export interface SttFixture {
  readonly stt: SpeechToText;
  /** The audio the vendor got, all connections joined, without keep-alive silence. */
  readonly received: () => Uint8Array;
  /** Words in the vendor's refusal. */
  readonly refusalWords: string;
  readonly close: () => Promise<void> | void;
}

/** `hears`: answers with words once about a second of audio came, final ones when finalized. `refuses`: a wrong key. */
export type StartStt = (behaviour: "hears" | "refuses") => Promise<SttFixture>;

export function describeSpeechToText(name: string, start: StartStt): void {
  let fixture: SttFixture | undefined;
  afterEach(async () => {
    await fixture?.close();
    fixture = undefined;
  });

  async function open(behaviour: "hears" | "refuses", format?: AudioFormat) {
    const started = await start(behaviour);
    fixture = started;
    const events: TranscriptEvent[] = [];
    const abort = new AbortController();
    const stream = started.stt.open({
      format: format ?? started.stt.inputFormats[0] ?? { encoding: "mulaw", sampleRateHz: 8000 },
      language: "en-US",
      keyterms: ["Bright Smile"],
      onEvent: (event) => events.push(event),
      signal: abort.signal,
    });
    return { ...started, stream, events, abort };
  }

  const frames = (format: AudioFormat, durationMs: number) =>
    Array.from({ length: durationMs / 20 }, (_, index) =>
      new Uint8Array(bytesForDuration(format, 20)).map((_byte, at) => (index * 31 + at * 7) & 0xff),
    );
  const isWords = (event: TranscriptEvent) => "text" in event && event.text !== "";
  const isSettled = (event: TranscriptEvent) => event.type === "final" || event.type === "turn-ended";

  describe(`${name} as a recogniser`, () => {
    test("audio sent before the connection stands arrives first, whole and untouched, in every format", async () => {
      const formats = (
        await start("hears").then(async (probe) => [probe.stt.inputFormats, await probe.close()] as const)
      )[0];
      for (const format of formats.slice(0, 2)) {
        const { stream, received, events } = await open("hears", format);
        const sent = frames(format, 1200);
        for (const frame of sent) stream.sendAudio(frame);
        stream.sendAudio(new Uint8Array(0));
        await eventually(() => events.some(isWords), "words");
        stream.finalize();
        await eventually(() => events.some(isSettled), "settled words");
        expect(Buffer.from(received()).equals(Buffer.concat(sent))).toBe(true);
        stream.close();
        await fixture?.close();
      }
    });

    test("after an abort nothing is told", async () => {
      const { stream, events, abort } = await open("hears");
      for (const frame of frames({ encoding: "mulaw", sampleRateHz: 8000 }, 1200)) stream.sendAudio(frame);
      await eventually(() => events.some(isWords), "words");
      stream.finalize();
      abort.abort();
      const told = events.length;
      stream.sendAudio(new Uint8Array(160));
      stream.finalize();
      stream.close();
      await settle();
      expect(events.length).toBe(told);
    });

    test("a refusal is one failure with the vendor's words", async () => {
      const { stream, events, refusalWords } = await open("refuses");
      await eventually(() => events.length > 0, "the failure");
      stream.sendAudio(new Uint8Array(160));
      stream.close();
      await settle();
      expect(events).toHaveLength(1);
      const [event] = events;
      const error = event?.type === "failed" ? event.error : undefined;
      expect(error).toBeInstanceOf(ProviderError);
      expect(error).toMatchObject({ category: "auth", permanent: true, provider: fixture?.stt.provider });
      expect(error?.vendorMessage).toContain(refusalWords);
    });
  });
}

export interface TtsFixture {
  readonly tts: TextToSpeech;
  readonly formats: readonly AudioFormat[];
  readonly close: () => Promise<void> | void;
}

export type StartTts = (behaviour: "speaks" | "refuses") => Promise<TtsFixture>;

/** Opens a reply and collects what it tells. */
export function speak(tts: TextToSpeech, format: AudioFormat, language = "en-US") {
  const events: SpeechEvent[] = [];
  const abort = new AbortController();
  const stream = tts.open({ language, format, onEvent: (event) => events.push(event), signal: abort.signal });
  const isOver = () => events.some((event) => event.type === "done" || event.type === "failed");
  return { stream, events, abort, over: () => eventually(isOver, "the end of the reply", 15_000) };
}

/** Audio of one segment. */
export function audioOf(events: readonly SpeechEvent[], segment: number): Buffer {
  return Buffer.concat(
    events.flatMap((event) => (event.type === "audio" && event.segment === segment ? [event.audio] : [])),
  );
}

function expectOrder(events: readonly SpeechEvent[], segments: number): void {
  let ended = 0;
  for (const event of events.slice(0, -1)) {
    if (event.type === "segment-end") expect(event.segment).toBe(ended++);
    else expect(event).toMatchObject({ type: "audio", segment: ended });
  }
  expect(ended).toBe(segments);
  expect(events.at(-1)).toEqual({ type: "done" });
}

/** `refusalWords`: of the vendor's refusal; absent where there is nobody who could refuse. */
export function describeTextToSpeech(name: string, start: StartTts, refusalWords?: string): void {
  let fixture: TtsFixture | undefined;
  afterEach(async () => {
    await fixture?.close();
    fixture = undefined;
  });
  const sentences = ["Good morning, this is the first sentence.", "And a second one, a little longer.", "Bye."];

  describe(`${name} as a voice`, () => {
    test("segments end in order, each with sound in whole samples, in every format", async () => {
      fixture = await start("speaks");
      for (const format of fixture.formats) {
        const { stream, events, over } = speak(fixture.tts, format);
        for (const sentence of sentences) stream.push(sentence);
        stream.end();
        await over();
        expectOrder(events, sentences.length);
        for (let segment = 0; segment < sentences.length; segment++) {
          const audio = audioOf(events, segment);
          expect(audio.length).toBeGreaterThan(bytesForDuration(format, 100));
          expect(audio.length % bytesPerSample(format)).toBe(0);
        }
      }
    });

    test("a segment ends although the next has not been pushed yet", async () => {
      fixture = await start("speaks");
      const format = fixture.formats[0] as AudioFormat;
      const { stream, events, over } = speak(fixture.tts, format);
      stream.push("One sentence alone.");
      await eventually(() => events.some((event) => event.type === "segment-end"), "the first segment's end");
      stream.push("Another.");
      stream.end();
      await over();
      expectOrder(events, 2);
    });

    test("a reply without text is done at once", async () => {
      fixture = await start("speaks");
      const { stream, events, over } = speak(fixture.tts, fixture.formats[0] as AudioFormat);
      stream.end();
      await over();
      expect(events).toEqual([{ type: "done" }]);
    });

    test("after an abort nothing is told, and the next reply is whole", async () => {
      fixture = await start("speaks");
      const format = fixture.formats[0] as AudioFormat;
      const first = speak(fixture.tts, format);
      for (const sentence of sentences) first.stream.push(sentence);
      await eventually(() => first.events.length > 0, "the first audio");
      first.abort.abort();
      const told = first.events.length;
      first.stream.push("Never heard.");
      first.stream.end();
      const second = speak(fixture.tts, format);
      second.stream.push("A reply of its own.");
      second.stream.end();
      await second.over();
      await settle();
      expect(first.events.length).toBe(told);
      expectOrder(second.events, 1);
    });

    if (refusalWords === undefined) return;
    test("a refusal is one failure with the vendor's words", async () => {
      fixture = await start("refuses");
      const { stream, events, over } = speak(fixture.tts, fixture.formats[0] as AudioFormat);
      stream.push("Anybody there?");
      stream.end();
      await over();
      await settle();
      expect(events).toHaveLength(1);
      const [event] = events;
      const error = event?.type === "failed" ? event.error : undefined;
      expect(error).toBeInstanceOf(ProviderError);
      expect(error?.vendorMessage).toContain(refusalWords);
    });
  });
}

import { describe, expect, test } from "vitest";
import { createLinkedTransport } from "../../testing/linked-transport.ts";
import { createManualClock } from "../../testing/manual-clock.ts";
import { createPacer } from "./pacer.ts";
import { Playback } from "./playback.ts";

const text = "one two three four five six seven eight nine ten";

function openLine(options: { marks?: boolean } = {}) {
  const clock = createManualClock();
  const line = createLinkedTransport(clock, options);
  const drained: string[] = [];
  const heardSegments: number[] = [];
  let missing = 0;
  const playback = new Playback({
    transport: line,
    clock,
    pacer: createPacer(clock),
    markTimeoutMs: 1000,
    onStarted: () => undefined,
    onSegmentHeard: (_replyId, segment) => void heardSegments.push(segment),
    onDrained: (replyId) => void drained.push(replyId),
    onMarkMissing: () => void missing++,
  });
  line.start({
    onAudio: () => undefined,
    onMark: (name) => playback.onMark(name),
    onDigit: () => undefined,
    onText: () => undefined,
    onClientTranscript: () => undefined,
    onClose: () => undefined,
  });
  /** One segment of `durationMs`, all of it there at once. */
  const speak = (segment: number, durationMs: number, words = text) => {
    playback.begin({ replyId: "r", segment, text: words, spokenLength: words.length, filler: false });
    playback.append({ replyId: "r", segment }, new Uint8Array(durationMs * 8));
    playback.endSegment({ replyId: "r", segment });
  };
  return { clock, line, playback, speak, drained, heardSegments, missing: () => missing };
}

describe("the ledger", () => {
  test("sends no more than the lead ahead of what is heard", async () => {
    const { clock, line, speak } = openLine();
    speak(0, 4000);
    for (let step = 0; step < 30; step++) {
      await clock.advance(100);
      const sentMs = line.log.reduce((sum, entry) => sum + (entry.type === "audio" ? entry.durationMs : 0), 0);
      expect(sentMs - line.heardMs()).toBeLessThanOrEqual(340);
    }
  });

  test("at a cut only what was played counts as heard, though more was sent", async () => {
    const { clock, line, speak, playback } = openLine();
    speak(0, 4000);
    await clock.advance(1000);
    const sentMs = line.log.reduce((sum, entry) => sum + (entry.type === "audio" ? entry.durationMs : 0), 0);
    expect(sentMs).toBeGreaterThanOrEqual(1200);
    const { heardMs, heard } = playback.drop("r");
    expect(heardMs).toBeGreaterThanOrEqual(980);
    expect(heardMs).toBeLessThanOrEqual(1020);
    expect(heard).toEqual(["one two"]);
    expect(line.log.at(-1)?.type).toBe("clear");
  });

  test("a pause and a resume lose nothing and repeat nothing", async () => {
    const { clock, line, speak, playback, drained } = openLine();
    speak(0, 2000);
    await clock.advance(700);
    playback.pause();
    await clock.advance(900);
    expect(line.heardMs()).toBeGreaterThanOrEqual(680);
    expect(line.heardMs()).toBeLessThanOrEqual(720);
    playback.resume();
    await clock.advance(1500);
    expect(line.heardMs()).toBeGreaterThanOrEqual(1980);
    expect(line.heardMs()).toBeLessThanOrEqual(2020);
    expect(drained).toEqual(["r"]);
    expect(playback.lateMs).toBe(0);
  });

  test("marks that a clear sent back do not move the ledger", async () => {
    const { clock, speak, playback, drained, heardSegments } = openLine();
    speak(0, 300);
    await clock.advance(50);
    playback.pause();
    await clock.advance(400);
    expect(heardSegments).toEqual([]);
    expect(drained).toEqual([]);
    const { heardMs } = playback.drop("r");
    expect(heardMs).toBeLessThanOrEqual(80);
  });

  test("the vendor's alignment places the cut between words, not the average", async () => {
    const { clock, playback } = openLine();
    playback.begin({ replyId: "r", segment: 0, text, spokenLength: text.length, filler: false });
    // The first word alone takes the first two seconds.
    playback.append({ replyId: "r", segment: 0 }, new Uint8Array(2000 * 8), 4);
    playback.append({ replyId: "r", segment: 0 }, new Uint8Array(1000 * 8), text.length);
    playback.endSegment({ replyId: "r", segment: 0 });
    await clock.advance(2050);
    expect(playback.drop("r").heard).toEqual(["one"]);
  });

  test("segments are heard in order, and drained comes once, at the end", async () => {
    const { clock, speak, drained, heardSegments } = openLine();
    speak(0, 500);
    speak(1, 500);
    await clock.advance(1200);
    expect(heardSegments).toEqual([0, 1]);
    expect(drained).toEqual(["r"]);
  });

  test("without marks the clock decides, once the marks are overdue", async () => {
    const { clock, speak, drained, missing } = openLine({ marks: false });
    speak(0, 500);
    await clock.advance(1400);
    expect(drained).toEqual([]);
    await clock.advance(300);
    expect(drained).toEqual(["r"]);
    expect(missing()).toBe(1);
  });

  test("a sentence whose sound comes too late counts how late", async () => {
    const { clock, playback } = openLine();
    playback.begin({ replyId: "r", segment: 0, text, spokenLength: text.length, filler: false });
    playback.append({ replyId: "r", segment: 0 }, new Uint8Array(200 * 8));
    await clock.advance(260);
    playback.append({ replyId: "r", segment: 0 }, new Uint8Array(200 * 8));
    expect(playback.lateMs).toBe(60);
  });
});

import { describe, expect, test } from "vitest";
import { phoneFormat } from "../../audio/frame.ts";
import { decodeMulaw, mulawSilence } from "../../audio/mulaw.ts";
import type { RecordingSink } from "../ports.ts";
import { Recorder } from "./recorder.ts";

const loud = 0x00;
const frame = (byte = loud) => new Uint8Array(160).fill(byte);

function createMemory() {
  const pieces: Uint8Array[] = [];
  let isClosed = false;
  const sink: RecordingSink = {
    write: (sound) => void pieces.push(sound.slice()),
    close: () => void (isClosed = true),
  };
  const channel = (which: 0 | 1) => {
    const sound = Buffer.concat(pieces);
    return Uint8Array.from({ length: sound.length / 2 }, (_, at) => sound[2 * at + which] as number);
  };
  return { sink, channel, isClosed: () => isClosed };
}

/** Where a channel sounds, as [from, to) in milliseconds. */
function soundingMs(channel: Uint8Array, rateHz = 8000): [number, number][] {
  const spans: [number, number][] = [];
  for (let at = 0; at < channel.length; at++) {
    if (channel[at] === mulawSilence) continue;
    let end = at;
    while (end < channel.length && channel[end] !== mulawSilence) end++;
    spans.push([(at * 1000) / rateHz, (end * 1000) / rateHz]);
    at = end;
  }
  return spans;
}

function startRecorder(options: Partial<ConstructorParameters<typeof Recorder>[0]> = {}) {
  const time = { nowMs: 0 };
  const memory = createMemory();
  const recorder = new Recorder({
    inputFormat: phoneFormat,
    outputFormat: phoneFormat,
    now: () => time.nowMs,
    holdMs: 2000,
    sink: memory.sink,
    ...options,
  });
  const listen = (untilMs: number, byte = mulawSilence) => {
    while (time.nowMs < untilMs) {
      time.nowMs += 20;
      recorder.onCallerAudio(frame(byte));
    }
  };
  return { time, recorder, listen, ...memory };
}

describe("recorder", () => {
  test("each voice on its own side, at its own time, silence where nothing came", () => {
    const { recorder, listen, channel, isClosed } = startRecorder();
    listen(1000);
    recorder.onSent(new Uint8Array(8 * 320).fill(1), { continues: false, delayMs: 0 });
    recorder.onSent(new Uint8Array(8 * 100).fill(1), { continues: true, delayMs: 0 });
    listen(5000);
    listen(5400, loud);
    listen(9000);
    recorder.close();
    expect(soundingMs(channel(0))).toEqual([[5000, 5400]]);
    expect(soundingMs(channel(1))).toEqual([[1000, 1420]]);
    expect(channel(0).length).toBe(9000 * 8);
    expect(isClosed()).toBe(true);
  });

  test("what the ledger took back is not in it, and what follows stands where it was heard", () => {
    const { recorder, listen, channel } = startRecorder();
    listen(1000);
    recorder.onSent(new Uint8Array(8 * 300).fill(1), { continues: false, delayMs: 0 });
    listen(1100);
    recorder.onTakenBack(8 * 200);
    listen(2000);
    recorder.onSent(new Uint8Array(8 * 200).fill(1), { continues: false, delayMs: 40 });
    listen(3000);
    recorder.close();
    expect(soundingMs(channel(1))).toEqual([
      [1000, 1100],
      [2040, 2240],
    ]);
  });

  test("frames that come late in a burst stand together; frames that were lost leave silence of their length", () => {
    const { recorder, time, listen, channel } = startRecorder();
    listen(1000, loud);
    time.nowMs = 1400;
    for (let i = 0; i < 20; i++) recorder.onCallerAudio(frame());
    listen(2000, loud);
    time.nowMs = 3000;
    listen(4000, loud);
    recorder.close();
    expect(soundingMs(channel(0))).toEqual([
      [0, 2000],
      [3000, 4000],
    ]);
  });

  test("a pause silences both voices from where it is asked for, and the length stays", () => {
    const { recorder, listen, channel } = startRecorder({ holdMs: 12_000 });
    listen(4000, loud);
    recorder.onSent(new Uint8Array(8 * 300).fill(1), { continues: false, delayMs: 0 });
    recorder.pause("card", 1500);
    listen(8000, loud);
    recorder.pause("operator");
    recorder.resume("card");
    listen(9000, loud);
    recorder.resume("operator");
    listen(20_000, loud);
    recorder.close();
    expect(soundingMs(channel(0))).toEqual([
      [0, 1500],
      [9000, 20_000],
    ]);
    expect(soundingMs(channel(1))).toEqual([]);
  });

  test("a browser's PCM is kept at its own rate", () => {
    const browser = { encoding: "pcm16", sampleRateHz: 16_000 } as const;
    const { recorder, time, channel } = startRecorder({ inputFormat: browser, outputFormat: browser });
    const samples = Int16Array.from({ length: 320 }, () => -12_000);
    for (let i = 0; i < 100; i++) {
      time.nowMs += 20;
      recorder.onCallerAudio(new Uint8Array(samples.buffer));
    }
    recorder.close();
    const heard = decodeMulaw(channel(0));
    expect(heard.length).toBe(32_000);
    for (const sample of [heard[0], heard.at(-1)]) expect(Math.abs((sample ?? 0) + 12_000)).toBeLessThan(300);
  });

  test("hours of a line that says nothing more cost no room, and the end is given away", () => {
    const { recorder, time, listen, channel } = startRecorder();
    listen(1000, loud);
    time.nowMs = 61_000;
    recorder.onSent(new Uint8Array(800).fill(1), { continues: false, delayMs: 0 });
    time.nowMs = 62_000;
    recorder.close();
    expect(soundingMs(channel(0))).toEqual([[0, 1000]]);
    expect(soundingMs(channel(1))).toEqual([[61_000, 61_100]]);
    expect(channel(0).length).toBe(62_000 * 8);
  });
});

/** The machine's own microphone and speaker programs, and WAV files. PCM16 mono throughout. */
import { audioRateHz } from "@parley/contract/call-socket";

interface Command {
  readonly program: string;
  readonly args: readonly string[];
}
export interface SoundTools {
  readonly record: Command;
  readonly play: Command;
}

const rate = String(audioRateHz);
const raw = ["-t", "raw", "-r", rate, "-e", "signed", "-b", "16", "-c", "1"];
const alsa = ["-q", "-t", "raw", "-f", "S16_LE", "-r", rate, "-c", "1"];
const input =
  process.platform === "darwin" ? ["-f", "avfoundation", "-i", ":default"] : ["-f", "pulse", "-i", "default"];
const ffmpeg = ["-loglevel", "quiet"];

const recorders: readonly Command[] = [
  { program: "arecord", args: alsa },
  { program: "rec", args: ["-q", ...raw, "-"] },
  { program: "ffmpeg", args: [...ffmpeg, ...input, "-f", "s16le", "-ar", rate, "-ac", "1", "-"] },
];
const players: readonly Command[] = [
  { program: "aplay", args: alsa },
  { program: "play", args: ["-q", ...raw, "-"] },
  { program: "ffplay", args: [...ffmpeg, "-nodisp", "-f", "s16le", "-ar", rate, "-ch_layout", "mono", "-i", "-"] },
];

/** The first that is there of each; undefined when one of the two is missing. */
export function findSoundTools(isThere: (program: string) => boolean): SoundTools | undefined {
  const record = recorders.find((tool) => isThere(tool.program));
  const play = players.find((tool) => isThere(tool.program));
  return record && play ? { record, play } : undefined;
}

export interface Sound {
  readonly sampleRateHz: number;
  readonly samples: Int16Array;
}

/** Throws when it is no 16-bit PCM WAV; of several channels the first is taken. */
export function readWav(file: Buffer): Sound {
  if (file.toString("latin1", 0, 4) !== "RIFF" || file.toString("latin1", 8, 12) !== "WAVE")
    throw new Error("The file is no WAV file.");
  let format: { channels: number; sampleRateHz: number; bits: number } | undefined;
  for (let at = 12; at + 8 <= file.length; ) {
    const id = file.toString("latin1", at, at + 4);
    const length = Math.min(file.readUInt32LE(at + 4), file.length - at - 8);
    const body = file.subarray(at + 8, at + 8 + length);
    if (id === "fmt ")
      format = { channels: body.readUInt16LE(2), sampleRateHz: body.readUInt32LE(4), bits: body.readUInt16LE(14) };
    if (id === "data") {
      if (format?.bits !== 16)
        throw new Error("The WAV file must hold 16-bit PCM. Convert it: ffmpeg -i in.wav -c:a pcm_s16le out.wav");
      const { channels, sampleRateHz } = format;
      const samples = Int16Array.from({ length: Math.floor(length / 2 / channels) }, (_, index) =>
        body.readInt16LE(index * 2 * channels),
      );
      return { sampleRateHz, samples };
    }
    at += 8 + length + (length % 2);
  }
  throw new Error("The WAV file holds no sound.");
}

/** Linear, which is enough for a test by hand. */
export function resampleTo({ sampleRateHz, samples }: Sound, rateHz: number): Uint8Array {
  const length = Math.floor((samples.length * rateHz) / sampleRateHz);
  const out = Int16Array.from({ length }, (_, index) => {
    const at = (index * sampleRateHz) / rateHz;
    const left = samples[Math.floor(at)] ?? 0;
    const right = samples[Math.floor(at) + 1] ?? left;
    return left + (right - left) * (at % 1);
  });
  return new Uint8Array(out.buffer);
}

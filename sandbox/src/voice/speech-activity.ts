/** Frames of 10 ms; times are in audio time, from the first sample pushed. */
const FRAME_MS = 10;
const ONSET_FRAMES = 3;
const FLOOR_WINDOW_FRAMES = 150;
const ABOVE_FLOOR = 10 ** (9 / 20);
const QUIETEST_SPEECH = 10 ** (-52 / 20) * 32_768;
const LOUDEST_FLOOR = 10 ** (-28 / 20) * 32_768;

export type SpeechActivity = {
  push(sample: number): void;
  readonly nowMs: number;
  /** Start of the stretch of speech now going on or last heard. */
  readonly speechStartMs: number;
  /** End of the last frame that held speech; -Infinity before the first. */
  readonly lastSpeechMs: number;
  readonly active: boolean;
};

/** The quietest level of the last 1.5 s. */
function createFloorFollower(): (level: number) => number {
  const recent = new Float32Array(FLOOR_WINDOW_FRAMES).fill(Number.POSITIVE_INFINITY);
  let [slot, floor] = [0, Number.POSITIVE_INFINITY];
  return (level) => {
    const leaving = recent[slot] as number;
    recent[slot] = level;
    slot = (slot + 1) % FLOOR_WINDOW_FRAMES;
    if (level < floor) floor = level;
    else if (leaving <= floor) floor = recent.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
    return floor;
  };
}

/**
 * Speech by energy: 30 ms above a floor that follows the quietest 10 ms of the last 1.5 s; it ends when `hangoverMs` have stayed below.
 */
export function createSpeechActivity(options: {
  sampleRateHz: number;
  hangoverMs: number;
  onChange: (active: boolean, atMs: number) => void;
}): SpeechActivity {
  const frameLength = Math.round((options.sampleRateHz * FRAME_MS) / 1_000);
  const followFloor = createFloorFollower();
  let [energy, filled, frames, loudFrames] = [0, 0, 0, 0];
  let [active, speechStartMs, lastSpeechMs, mean] = [false, 0, Number.NEGATIVE_INFINITY, 0];

  function endFrame(): void {
    const level = Math.sqrt(energy / frameLength);
    const floor = followFloor(level);
    frames += 1;
    const nowMs = frames * FRAME_MS;
    const loud = level > Math.max(QUIETEST_SPEECH, Math.min(floor, LOUDEST_FLOOR) * ABOVE_FLOOR);
    loudFrames = loud ? loudFrames + 1 : 0;
    if (loud && (active || loudFrames >= ONSET_FRAMES)) lastSpeechMs = nowMs;
    if (!active && loudFrames >= ONSET_FRAMES) {
      active = true;
      speechStartMs = nowMs - loudFrames * FRAME_MS;
      options.onChange(true, speechStartMs);
    } else if (active && nowMs - lastSpeechMs >= options.hangoverMs) {
      active = false;
      options.onChange(false, lastSpeechMs);
    }
  }

  return {
    push(sample) {
      // A slow mean takes away a constant offset, which is no sound.
      mean += (sample - mean) * 0.001;
      const x = sample - mean;
      energy += x * x;
      if (++filled < frameLength) return;
      endFrame();
      energy = 0;
      filled = 0;
    },
    get nowMs() {
      return frames * FRAME_MS;
    },
    get speechStartMs() {
      return speechStartMs;
    },
    get lastSpeechMs() {
      return lastSpeechMs;
    },
    get active() {
      return active;
    },
  };
}

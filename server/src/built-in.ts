/** What needs no account and no key: the front desk, the offline voice, voice activity. */
import type { Logger } from "pino";
import { createNoiseFloor, energyMeter } from "./audio/energy.ts";
import { durationOfBytes } from "./audio/frame.ts";
import type { LanguageModel, TextToSpeech, VoiceActivityDetector } from "./call/ports.ts";
import type { Clock } from "./kernel/clock.ts";
import { createBuiltinVoice } from "./providers/builtin/voice.ts";

export interface BuiltIn {
  readonly languageModel: LanguageModel;
  readonly voiceActivity: VoiceActivityDetector;
  readonly textToSpeech?: TextToSpeech;
}

export async function createBuiltIn(_parts: { clock: Clock; log: Logger }): Promise<BuiltIn> {
  return { languageModel: interimModel, voiceActivity: createEnergyDetector(), textToSpeech: createBuiltinVoice() };
}

const interimModel: LanguageModel = {
  provider: "builtin",
  model: "front-desk",
  async *generate() {
    yield { type: "text", text: "Thank you. Somebody will call you back." };
    yield { type: "finish", reason: "stop" };
  },
};

function createEnergyDetector(): VoiceActivityDetector {
  let frames = 0;
  return {
    model: "energy",
    stats: () => ({ frames, modelFrames: 0 }),
    open({ format, onProbability }) {
      const measure = energyMeter(format);
      const floor = createNoiseFloor();
      let endMs = 0;
      return {
        push(frame) {
          frames++;
          const durationMs = durationOfBytes(format, frame.length);
          endMs += durationMs;
          onProbability(floor.update(measure(frame), durationMs) > 12 ? 0.9 : 0.05, endMs);
        },
        close: () => undefined,
      };
    },
  };
}

/** What needs no account and no key: the front desk, the offline voice, voice activity. */
import type { LanguageModel, TextToSpeech, VoiceActivityDetector } from "../call/ports.ts";
import type { Clock } from "../kernel/clock.ts";
import { createFrontDesk } from "../providers/builtin/front-desk/index.ts";
import { createVoiceActivity } from "../providers/builtin/silero-vad.ts";
import { createBuiltinVoice } from "../providers/builtin/voice.ts";

export interface BuiltIn {
  readonly languageModel: LanguageModel;
  readonly voiceActivity: VoiceActivityDetector;
  readonly textToSpeech: TextToSpeech;
}

export async function createBuiltIn({ clock }: { clock: Clock }): Promise<BuiltIn> {
  const textToSpeech = createBuiltinVoice();
  return {
    languageModel: createFrontDesk({ clock }),
    voiceActivity: await createVoiceActivity({ clock }),
    textToSpeech,
  };
}

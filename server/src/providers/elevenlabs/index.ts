import type { Provider } from "../provider.ts";
import { errorOfNetwork, errorOfResponse } from "../provider-failure.ts";
import type { ElevenLabsTtsOptions } from "./options.ts";
import { elevenLabsTtsOptions, provider } from "./options.ts";
import { createElevenLabsTts } from "./tts.ts";

export type { ElevenLabsTtsOptions } from "./options.ts";

export const elevenlabs: Provider<unknown, unknown, ElevenLabsTtsOptions> = {
  id: provider,
  name: "ElevenLabs",
  defaultBaseUrl: "https://api.elevenlabs.io",
  tts: { options: elevenLabsTtsOptions, create: createElevenLabsTts },
  async verify({ credentials, io, signal }) {
    const response = await io
      .fetch(`${credentials.baseUrl}/v1/user`, { headers: { "xi-api-key": credentials.apiKey }, signal })
      .catch((cause: unknown) => {
        throw errorOfNetwork(provider, cause);
      });
    if (!response.ok) throw await errorOfResponse(provider, response);
    await response.body?.cancel();
  },
};

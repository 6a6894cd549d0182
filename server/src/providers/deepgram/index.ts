import type { Provider } from "../provider.ts";
import { errorOfNetwork, errorOfResponse } from "../provider-failure.ts";
import { provider } from "./formats.ts";
import type { DeepgramSttOptions } from "./options.ts";
import { deepgramSttOptions, selectDeepgramModel } from "./options.ts";
import { createFlux } from "./stt-flux.ts";
import { createNova } from "./stt-nova.ts";

export type { DeepgramSttOptions } from "./options.ts";
export { selectDeepgramModel } from "./options.ts";

export const deepgram: Provider<DeepgramSttOptions> = {
  id: provider,
  name: "Deepgram",
  defaultBaseUrl: "https://api.deepgram.com",
  stt: {
    options: deepgramSttOptions,
    create(args) {
      const { model, decidesTurns } = selectDeepgramModel(args.options.language, args.options.model);
      return decidesTurns ? createFlux(model, args) : createNova(model, args);
    },
  },
  async verify({ credentials, io, signal }) {
    const response = await io
      .fetch(`${credentials.baseUrl}/v1/projects`, {
        headers: { authorization: `Token ${credentials.apiKey}` },
        signal,
      })
      .catch((cause: unknown) => {
        throw errorOfNetwork(provider, cause);
      });
    if (!response.ok) throw await errorOfResponse(provider, response);
    await response.body?.cancel();
  },
};

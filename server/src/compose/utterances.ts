/** Recogniser and voice outside a call, in the process that answers the API. */
import { type AgentConfig, agentConfig } from "@parley/contract/agent-config";
import type { SpeechToText, TextToSpeech } from "../call/ports.ts";
import type { Config } from "../config.ts";
import type { ProviderChain, ProviderChoice } from "../entry/process-messages.ts";
import type { Agents } from "../features/agents/index.ts";
import type { AuditLog } from "../features/audit/index.ts";
import { createUtterances, type ForWhom, type Utterances, type Voices } from "../features/utterances/index.ts";
import { AppError, ProviderError } from "../kernel/app-error.ts";
import { newId } from "../platform/db/new-id.ts";
import type { VendorKeys } from "./call-gates.ts";
import { createNoteUsage } from "./note-usage.ts";
import { organizationProviders } from "./organization-providers.ts";
import { clock, type Stores } from "./stores.ts";

interface UtteranceSources {
  readonly config: Config;
  readonly audit: AuditLog;
  readonly agents: Pick<Agents, "findRunnable">;
  readonly vendorKeys: VendorKeys;
}

/** Of an organisation that names no agent. */
const plainAgent = agentConfig.parse({ name: "Parley" });

const noRecogniser =
  "There is no recogniser. Set DEEPGRAM_API_KEY, or connect a Deepgram account of the organisation's own.";

async function agentOf({ agents }: UtteranceSources, { orgId, agentId, version }: ForWhom): Promise<AgentConfig> {
  if (agentId === undefined) return plainAgent;
  const found = await agents.findRunnable(orgId, { agentId, ...(version === undefined ? {} : { version }) });
  if (found === undefined) throw new AppError("not_found", { publicMessage: "There is no such agent." });
  return found.config;
}

function failed(error: unknown): never {
  if (!(error instanceof ProviderError)) throw error;
  const { provider, category, vendorMessage } = error;
  throw new AppError("provider_failed", {
    publicMessage: `${provider} failed (${category})${vendorMessage === undefined ? "." : `: ${vendorMessage}`}`,
    family: "operational",
    cause: error,
  });
}

/** Vendors' adapters and the built-in voice's child are there from the first request on. */
async function loadMakers(config: Config) {
  const { createVendorMakers } = await import("./vendor-makers.ts");
  const { createBuiltinVoice } = await import("../providers/builtin/voice.ts");
  const { meteredVoice } = await import("../providers/metered.ts");
  const { withVoiceFallback } = await import("../providers/with-voice-fallback.ts");
  const vendors = createVendorMakers({ config, clock });
  const builtIn = meteredVoice(createBuiltinVoice(), {});
  const voiceOf = (choice: ProviderChoice) => (choice.provider === "builtin" ? builtIn : vendors.makeVoice(choice));
  return {
    builtIn,
    recognisersOf({ stt, sttStandbys = [] }: ProviderChain): SpeechToText[] {
      return stt === undefined ? [] : [stt, ...sttStandbys].map((choice) => vendors.makeRecogniser(choice));
    },
    /** Closed after use, but for the built-in one. */
    voiceFor({ tts }: ProviderChain): { voice: TextToSpeech; close(): void } {
      const made = tts.map(voiceOf);
      const voice = made.length > 1 ? withVoiceFallback(made, { clock }) : (made[0] ?? builtIn);
      const close = () => {
        for (const each of made) if (each !== builtIn) each.close?.();
      };
      return { voice, close };
    },
  };
}

type Makers = Awaited<ReturnType<typeof loadMakers>>;

function createVoices(sources: UtteranceSources, makers: () => Promise<Makers>): Voices {
  const { config, vendorKeys: keys } = sources;
  const providersOf = async (whom: ForWhom) => {
    const agent = await agentOf(sources, whom);
    const language = whom.language ?? agent.language;
    const chain = await organizationProviders({ config, keys }, { orgId: whom.orgId, agent, language });
    return { agent, language, chain };
  };
  return {
    async hear(whom, sound, asked) {
      const { agent, language, chain } = await providersOf(whom);
      const recognisers = (await makers()).recognisersOf(chain);
      if (recognisers.length === 0) throw new AppError("provider_missing", { publicMessage: noRecogniser });
      const { hearSound } = await import("./hear-sound.ts");
      let failure: unknown;
      for (const recogniser of recognisers) {
        try {
          return await hearSound(recogniser, { ...asked, sound, language, keyterms: agent.keyterms }, clock);
        } catch (error) {
          if (!(error instanceof ProviderError)) throw error;
          failure ??= error;
        }
      }
      return failed(failure);
    },
    async speak(whom, { text, format }, asked) {
      const { agent, language, chain } = await providersOf(whom);
      const own = chain.tts[0]?.options["voiceId"];
      const voiceId = whom.voice ?? (typeof own === "string" ? own : undefined);
      const { voice, close } = (await makers()).voiceFor(chain);
      const { speakText } = await import("./speak-text.ts");
      const said = { text, format, language, timeZone: agent.business.timeZone, voice: voiceId, ...asked };
      const spoken = await speakText(voice, said, clock).catch((error: unknown) => {
        close();
        return failed(error);
      });
      return { ...spoken, pieces: closing(spoken.pieces, close) };
    },
  };
}

async function* closing(pieces: AsyncIterable<Uint8Array>, close: () => void): AsyncGenerator<Uint8Array> {
  try {
    yield* pieces;
  } finally {
    close();
  }
}

export function openUtterances(
  { db }: Stores,
  sources: UtteranceSources,
): { utterances: Utterances; closeVoices(): void } {
  let loading: Promise<Makers> | undefined;
  const makers = () => (loading ??= loadMakers(sources.config));
  const utterances = createUtterances({
    ...{ db, audit: sources.audit, noteUsage: createNoteUsage() },
    voices: createVoices(sources, makers),
    newId: () => newId("utt", clock.wallNow()),
  });
  return { utterances, closeVoices: () => void loading?.then(({ builtIn }) => builtIn.close?.()) };
}

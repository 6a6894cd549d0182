/** The platform, the vendors' stand-ins it talks to, and the telephone network that calls it. */
import { setTimeout as sleep } from "node:timers/promises";
import { type DeepgramStandIn, startDeepgram } from "../sandbox/src/deepgram/start-deepgram.ts";
import { type ElevenLabsStandIn, startElevenLabs } from "../sandbox/src/elevenlabs/start-elevenlabs.ts";
import { startOpenAi } from "../sandbox/src/openai/start-openai.ts";
import type { PlatformEvent } from "../sandbox/src/telephone/platform-api.ts";
import { formatReport } from "../sandbox/src/telephone/report.ts";
import { readScenario } from "../sandbox/src/telephone/scenario.ts";
import { type SimulatedCall, simulateCall } from "../sandbox/src/telephone/simulate-call.ts";
import { startTwilio, type TwilioStandIn } from "../sandbox/src/twilio/index.ts";
import { type Platform, startPlatform } from "./platform.ts";

export interface World {
  readonly platform: Platform;
  readonly deepgram: DeepgramStandIn;
  readonly elevenLabs: ElevenLabsStandIn;
  readonly openAi: Awaited<ReturnType<typeof startOpenAi>>;
  readonly twilio: TwilioStandIn;
  readonly webhookUrl: string;
  /** One call by a scenario: the fields of sandbox/scenarios/README.md. `spoil` changes the caller's frames on the line. */
  call(scenario: Readonly<Record<string, unknown>>, spoil?: Spoil): Promise<SimulatedCall>;
  /** What is stored of a call by now; nothing while it is not there. */
  stored(callSid: string): Promise<StoredCall>;
  close(): Promise<void>;
}

export interface StoredCall {
  readonly status: string | undefined;
  readonly events: readonly PlatformEvent[];
}

/** Takes and gives base64 of 20 ms of mu-law. */
type Spoil = (frame: string) => string;

export interface WorldOptions {
  readonly recogniser?: "nova-3" | "flux-general-en";
  readonly env?: Readonly<Record<string, string>>;
  /** Kept when the world ends. */
  readonly dataDir?: string;
}

/** Healthy vendors that answer about as fast as the real ones; `setFaults` on each makes them ill. */
export async function startWorld({ recogniser = "nova-3", env = {}, dataDir }: WorldOptions = {}): Promise<World> {
  const [deepgram, elevenLabs, openAi] = await Promise.all([
    startDeepgram({}),
    startElevenLabs({}),
    startOpenAi({ settings: { firstTokenDelayMs: 150, tokensPerSecond: 100 } }),
  ]);
  const vendors = {
    DEEPGRAM_API_KEY: "sandbox",
    DEEPGRAM_BASE_URL: deepgram.url,
    DEEPGRAM_MODEL: recogniser,
    ELEVENLABS_API_KEY: "sandbox",
    ELEVENLABS_BASE_URL: elevenLabs.url,
    OPENAI_API_KEY: "sandbox",
    OPENAI_BASE_URL: `${openAi.url}/v1`,
  };
  const platform = await startPlatform({ ...vendors, ...env }, dataDir);
  const twilio = await startTwilio({
    accountSid: `AC${"0".repeat(32)}`,
    authToken: platform.twilioToken,
    allowInsecureStreams: true,
  });
  const api = { origin: platform.url, apiKey: platform.apiKey };
  const webhookUrl = `${platform.url}/telephony/twilio/incoming`;
  return {
    ...{ platform, deepgram, elevenLabs, openAi, twilio, webhookUrl },
    call(scenario, spoil) {
      const script = readScenario(JSON.stringify({ name: "call", ...scenario }), "e2e");
      return simulateCall(spoil === undefined ? twilio : spoilLine(twilio, spoil), script, { ...api, webhookUrl });
    },
    async stored(callSid) {
      const [call] = await readItems(platform, `/api/v1/calls?externalId=${callSid}`);
      if (call === undefined) return { status: undefined, events: [] };
      const events = await readItems(platform, `/api/v1/calls/${String(call["id"])}/events?limit=1000`);
      return { status: String(call["status"]), events: events as PlatformEvent[] };
    },
    async close() {
      await twilio.close();
      await platform.stop();
      await Promise.all([deepgram.close(), elevenLabs.close(), openAi.close()]);
    },
  };
}

async function readItems({ url, apiKey }: Platform, path: string): Promise<Record<string, unknown>[]> {
  const headers = { Authorization: `Bearer ${apiKey}` };
  const response = await fetch(`${url}${path}`, { headers, signal: AbortSignal.timeout(10_000) });
  if (!response.ok) throw new Error(`GET ${path} answered ${response.status}: ${await response.text()}`);
  const page = (await response.json()) as { items: Record<string, unknown>[] };
  return page.items;
}

/** The same network, on whose lines the caller's sound goes through `spoil`. */
function spoilLine(twilio: TwilioStandIn, spoil: Spoil): TwilioStandIn {
  return {
    ...twilio,
    placeCall({ caller, ...order }) {
      if (caller === undefined) return twilio.placeCall(order);
      return twilio.placeCall({
        ...order,
        caller: {
          nextFrame(dueMs) {
            const frame = caller.nextFrame(dueMs);
            return frame === undefined ? undefined : spoil(frame);
          },
          hear: (frame) => caller.hear?.(frame),
          onClear: (droppedBytes, atMs) => caller.onClear?.(droppedBytes, atMs),
        },
      });
    },
  };
}

/** What a failed assertion says: the call as its caller lived through it. */
export function told({ result, verdicts }: SimulatedCall): string {
  return `\n${formatReport(result, verdicts)}`;
}

export function eventsOf({ result }: SimulatedCall): readonly PlatformEvent[] {
  if ("unavailable" in result.events) throw new Error(result.events.unavailable);
  return result.events.events;
}

/** A word of an event's content. */
export function contentOf(event: PlatformEvent | undefined, field: string): unknown {
  const content: unknown = event?.["content"];
  return typeof content === "object" && content !== null ? (content as Record<string, unknown>)[field] : undefined;
}

/** Waits for something of a real process; bounded. */
export async function waitUntil(check: () => boolean | Promise<boolean>, limitMs = 10_000): Promise<void> {
  const deadlineMs = performance.now() + limitMs;
  while (!(await check())) {
    if (performance.now() > deadlineMs) throw new Error(`It did not happen within ${limitMs} ms.`);
    await sleep(50);
  }
}

/** The vendors of the bench, in a process of their own: Deepgram, ElevenLabs and OpenAI stand-ins with the agreed delays. */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { startDeepgram } from "../sandbox/src/deepgram/start-deepgram.ts";
import { startElevenLabs } from "../sandbox/src/elevenlabs/start-elevenlabs.ts";
import { startOpenAi } from "../sandbox/src/openai/start-openai.ts";

/** The agreed delays; the recogniser's end of speech is the platform's own `endpointing=300` or Flux's 300 ms. */
export const agreed = { firstTokenMs: 300, tokensPerSecond: 50, firstByteMs: 150, endpointMs: 300 } as const;

const answer =
  "Yes, of course we can. We are open from nine until five on weekdays, and a cleaning takes about half an hour.";

const [deepgram, elevenLabs, openAi] = await Promise.all([
  startDeepgram({}),
  startElevenLabs({ settings: { firstByteMs: agreed.firstByteMs, speed: 10 } }),
  startOpenAi({
    settings: { firstTokenDelayMs: agreed.firstTokenMs, tokensPerSecond: agreed.tokensPerSecond },
    replies: () => [{ text: answer }],
  }),
]);
const delay = monitorEventLoopDelay({ resolution: 5 });
delay.enable();

process.on("message", (message) => {
  if (message === "reset") delay.reset();
  if (message === "report") process.send?.({ loopP99Ms: Math.round(delay.percentile(99) / 1e5) / 10 - 5 });
});
process.on("disconnect", () => process.exit(0));
process.send?.({ deepgram: deepgram.url, elevenLabs: elevenLabs.url, openAi: openAi.url });

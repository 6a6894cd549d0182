/** The telephones of the bench, in a process of their own: places calls as Twilio does and measures what it hears. */
import { setTimeout as sleep } from "node:timers/promises";
import { Telephone } from "../sandbox/src/telephone/telephone.ts";
import type { TwilioStandIn } from "../sandbox/src/twilio/index.ts";
import { startTwilio } from "../sandbox/src/twilio/index.ts";
import { decodeMulaw } from "../sandbox/src/voice/index.ts";
import type { LoadOrder, LoadReport } from "./messages.ts";

const lines = [
  "Good morning, I would like to ask when you are open during the week.",
  "And could you tell me how long a cleaning usually takes, please?",
  "That sounds fine, I would like to come on Thursday if that is possible.",
  "Is there anything I should bring along to the appointment?",
];
const interruption = "Sorry, wait, what about Saturday morning instead?";

interface Tally {
  readonly turns: { firstAudioMs: number }[];
  readonly setupMs: number[];
  readonly silentAfterMs: number[];
  readonly failures: string[];
  readonly callSids: string[];
  framesPlayed: number;
  framesLate: number;
}

/** -40 dBFS, as the telephone itself counts. */
const voicedAmplitude = 330;

type Track = Awaited<ReturnType<Telephone["prepare"]>>;

const agentIsDone = ({ ear, lastLine }: Telephone) => {
  const last = ear.utterances.at(-1);
  return last !== undefined && ear.current === undefined && last.lastVoiceAtMs > (lastLine?.lastVoiceAtMs ?? 0);
};

async function sayAndMeasure(telephone: Telephone, track: Track, tally: Tally): Promise<boolean> {
  const uttered = await telephone.utter(track);
  if (uttered === undefined) return false;
  const answers = () => telephone.ear.utterances.find((utterance) => utterance.startedAtMs > uttered.lastVoiceAtMs);
  if (!(await telephone.waitUntil(() => answers() !== undefined, 8000))) return false;
  const reply = answers();
  if (reply !== undefined) tally.turns.push({ firstAudioMs: reply.arrivedAtMs - uttered.lastVoiceAtMs });
  return true;
}

/** Where the first voiced sample lies in a line's sound. */
function firstVoiceMs(track: Track): number {
  const samples = decodeMulaw(Buffer.concat(track.frames.map((frame) => Buffer.from(frame, "base64"))));
  return samples.findIndex((sample) => Math.abs(sample) > voicedAmplitude) / 8;
}

async function interrupt(telephone: Telephone, track: Track, tally: Tally): Promise<boolean> {
  const { ear } = telephone;
  const speaking = () => ear.current !== undefined && ear.nowMs - ear.current.startedAtMs > 1200;
  if (!(await telephone.waitUntil(speaking, 8000))) return false;
  const cutBefore = ear.clears.length;
  const uttered = await telephone.utter(track);
  if (uttered === undefined) return false;
  const clear = ear.clears[cutBefore];
  if (clear !== undefined) tally.silentAfterMs.push(clear.atMs - uttered.startedAtMs - firstVoiceMs(track));
  return telephone.waitUntil(
    () => ear.utterances.some((utterance) => utterance.startedAtMs > uttered.lastVoiceAtMs),
    8000,
  );
}

async function runCall(twilio: TwilioStandIn, order: LoadOrder, tally: Tally): Promise<void> {
  const telephone = new Telephone({ voice: "espeak", hearing: "sound" });
  const tracks = await Promise.all(lines.map((line) => telephone.prepare(line)));
  const cut = await telephone.prepare(interruption);
  const call = twilio.placeCall({ webhookUrl: order.webhookUrl, caller: telephone });
  const over = call.ended.finally(() => telephone.close());
  tally.callSids.push(call.sid);
  const fail = (what: string) => tally.failures.push(what);
  if (!(await telephone.waitUntil(() => agentIsDone(telephone), 20_000))) fail("no greeting");
  const greeting = telephone.ear.utterances[0];
  if (greeting !== undefined && call.answeredAtMs !== undefined)
    tally.setupMs.push(greeting.arrivedAtMs - call.answeredAtMs);
  for (let turn = 0; turn < order.turnsPerCall && !telephone.closed; turn++) {
    await telephone.waitUntil(() => false, 200 + Math.random() * 600);
    const track = tracks[turn % tracks.length];
    if (track === undefined || !(await sayAndMeasure(telephone, track, tally))) {
      fail(`turn ${turn + 1}: no answer`);
      break;
    }
    if (order.bargeIn && turn === 0 && !(await interrupt(telephone, cut, tally))) fail("no answer to an interruption");
    if (!(await telephone.waitUntil(() => agentIsDone(telephone), 30_000)))
      fail(`turn ${turn + 1}: the answer did not end`);
  }
  const { ear } = telephone;
  tally.framesLate += ear.underruns.reduce((sum, { gapMs }) => sum + Math.ceil(gapMs / 20), 0);
  tally.framesPlayed += ear.utterances.reduce(
    (sum, { startedAtMs, lastVoiceAtMs }) => sum + (lastVoiceAtMs - startedAtMs) / 20,
    0,
  );
  for (const { code, message } of call.alerts) fail(`alert ${code} ${message}`);
  call.hangUp();
  await over;
}

export async function runLoad(order: LoadOrder): Promise<LoadReport> {
  const { accountSid, authToken } = order;
  const twilio = await startTwilio({ accountSid, authToken, allowInsecureStreams: true });
  // The lines are synthesised once, before anything is timed.
  const warm = new Telephone({ voice: "espeak", hearing: "sound" });
  for (const line of [...lines, interruption]) await warm.prepare(line);
  const tally: Tally = {
    turns: [],
    setupMs: [],
    silentAfterMs: [],
    failures: [],
    callSids: [],
    framesPlayed: 0,
    framesLate: 0,
  };
  twilio.resetLateness();
  const calls: Promise<void>[] = [];
  for (let number = 0; number < order.calls; number++) {
    calls.push(runCall(twilio, order, tally).catch((error: unknown) => void tally.failures.push(String(error))));
    if (number < order.calls - 1) await sleep(order.rampMs / order.calls);
  }
  await Promise.all(calls);
  const { frames, p95Ms, over10Ms } = twilio.lateness();
  await twilio.close();
  return { ...tally, framesPlayed: Math.round(tally.framesPlayed), telephone: { frames, p95Ms, over10Ms } };
}

process.on("message", (order) => {
  void runLoad(order as LoadOrder).then((report) => process.send?.(report));
});
process.on("disconnect", () => process.exit(0));

/** A caller who only counts: asks, waits for sound, asks again. Words are not read: that is too dear for a crowd. */
import { Telephone } from "../../sandbox/src/telephone/telephone.ts";
import type { World } from "../world.ts";

export interface CallerReport {
  readonly callSid: string;
  readonly turns: number;
  readonly firstAudioMs: readonly number[];
  /** The longest time in which neither side made a sound. */
  readonly longestSilenceMs: number;
  readonly endedBy: string;
  readonly problems: readonly string[];
}

const lines = [
  "What time do you open on Monday?",
  "Where are you, please?",
  "How much is a cleaning?",
  "Do you take my insurance?",
];
const answerWithinMs = 9000;

type Track = Awaited<ReturnType<Telephone["prepare"]>>;
const tracks = new Map<string, Promise<Track>>();

/** Lines are the same sound in every call. */
function prepare(telephone: Telephone, line: string): Promise<Track> {
  const known = tracks.get(line) ?? telephone.prepare(line);
  tracks.set(line, known);
  return known;
}

export async function callOnce(world: World, { turns, seed }: { turns: number; seed: number }): Promise<CallerReport> {
  const telephone = new Telephone({ hearing: "sound" });
  const sounds = await Promise.all(lines.map((line) => prepare(telephone, line)));
  const call = world.twilio.placeCall({ webhookUrl: world.webhookUrl, caller: telephone });
  const over = call.ended.finally(() => telephone.close());
  const { ear } = telephone;
  const spoken: { fromMs: number; toMs: number }[] = [];
  const firstAudioMs: number[] = [];
  const problems: string[] = [];
  const quiet = () => ear.utterances.length > 0 && ear.current === undefined;
  if (!(await telephone.waitUntil(quiet, 20_000))) problems.push("no greeting");
  for (let turn = 0; turn < turns && !telephone.closed; turn += 1) {
    const uttered = await telephone.utter(sounds[(seed + turn) % sounds.length] ?? { frames: [], lastVoiceMs: 0 });
    if (uttered === undefined) break;
    spoken.push({ fromMs: uttered.startedAtMs, toMs: uttered.lastVoiceAtMs });
    const answer = () => ear.utterances.find(({ startedAtMs }) => startedAtMs > uttered.lastVoiceAtMs);
    await telephone.waitUntil(() => answer() !== undefined, answerWithinMs);
    const heard = answer();
    if (heard !== undefined) firstAudioMs.push(Math.round(heard.arrivedAtMs - uttered.lastVoiceAtMs));
    else if (!telephone.closed) problems.push(`turn ${turn + 1}: no answer within ${answerWithinMs} ms`);
    await telephone.waitUntil(quiet, 25_000);
  }
  const answeredAtMs = call.answeredAtMs ?? performance.now();
  const heardToMs = ear.nowMs;
  if (telephone.closed && call.hungUpBy !== "platform") problems.push(`ended by the ${call.hungUpBy ?? "unknown"}`);
  call.hangUp();
  await over;
  const sounded = [
    ...spoken,
    ...ear.utterances.map((each) => ({ fromMs: each.startedAtMs, toMs: each.lastVoiceAtMs })),
  ];
  const longestSilenceMs = longestGap(sounded, { fromMs: answeredAtMs, toMs: heardToMs });
  for (const { code, message } of call.alerts) problems.push(`Twilio's debugger: ${code} ${message}`);
  return {
    callSid: call.sid,
    turns: spoken.length,
    firstAudioMs,
    longestSilenceMs,
    endedBy: call.hungUpBy ?? "",
    problems,
  };
}

interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

function longestGap(sounded: readonly Span[], whole: Span): number {
  let longest = 0;
  let untilMs = whole.fromMs;
  for (const { fromMs, toMs } of sounded.toSorted((left, right) => left.fromMs - right.fromMs)) {
    longest = Math.max(longest, fromMs - untilMs);
    untilMs = Math.max(untilMs, toMs);
  }
  return Math.round(Math.max(longest, whole.toMs - untilMs));
}

/** `crowd` callers at a time, one call after the other, until `untilMs` (performance.now()). */
export async function keepCalling(
  world: World,
  { crowd, untilMs, turns }: { crowd: number; untilMs: number; turns: number },
): Promise<CallerReport[]> {
  const reports: CallerReport[] = [];
  const caller = async (number: number) => {
    for (let round = 0; performance.now() < untilMs; round += 1) {
      reports.push(await callOnce(world, { turns, seed: number + round }));
    }
  };
  await Promise.all(Array.from({ length: crowd }, (_, number) => caller(number)));
  return reports;
}

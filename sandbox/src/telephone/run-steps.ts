import { setTimeout as sleep } from "node:timers/promises";
import type { SandboxCall } from "../twilio/index.ts";
import { makeCough, type Track } from "./line-sound.ts";
import { containsPhrase } from "./phrases.ts";
import type { Scenario, ScenarioStep } from "./scenario.ts";
import type { Telephone, UtteredLine } from "./telephone.ts";

/** Something the caller did, with its moment (pacer time). */
export interface CallerAct {
  readonly kind: "say" | "bargeIn" | "backchannel" | "cough" | "press" | "hangUp";
  readonly text: string;
  readonly expectReply: boolean;
  readonly startedAtMs: number;
  readonly lastVoiceAtMs: number;
}

export interface StepRun {
  readonly acts: CallerAct[];
  /** Why the script stopped before its end. */
  failure?: string;
}

interface Stage {
  readonly telephone: Telephone;
  readonly call: SandboxCall;
  readonly tracks: ReadonlyMap<string, Track>;
  readonly run: StepRun;
}

type AfterSpeech = { readonly afterMs: number; readonly withinMs: number };

/** How long a caller with nothing left to do waits for the agent to hang up. */
const patienceMs = 15_000;

/** Every line the script will need, made before the call: synthesis must not happen on the pacing timer. */
export async function prepareTracks(telephone: Telephone, scenario: Scenario): Promise<Map<string, Track>> {
  const texts = scenario.steps.flatMap((step) => textOf(step) ?? []);
  const entries = await Promise.all(texts.map(async (text) => [text, await telephone.prepare(text)] as const));
  return new Map(entries);
}

function textOf(step: ScenarioStep): string | undefined {
  if ("say" in step) return step.say;
  if ("bargeIn" in step) return step.bargeIn.say;
  if ("backchannel" in step) return step.backchannel.say;
  return "hangUp" in step && step.hangUp !== "now" ? step.hangUp.whileSaying : undefined;
}

/** Plays the script to its end, or to the end of the call. A wait in vain is noted as `failure` and ends the call. */
export async function runSteps(stage: Stage, steps: readonly ScenarioStep[]): Promise<void> {
  for (const [index, step] of steps.entries()) {
    if (stage.telephone.closed) return noteEarlyEnd(stage, steps, index);
    const problem = await runStep(stage, step);
    if (problem === undefined) continue;
    stage.run.failure = `step ${index + 1}: ${problem}`;
    stage.call.hangUp();
    return;
  }
  const ended = await stage.telephone.waitUntil(() => stage.telephone.closed, patienceMs);
  if (ended) return;
  noteAct(stage, "hangUp", "(nothing left to say)");
  stage.call.hangUp();
}

function noteEarlyEnd(stage: Stage, steps: readonly ScenarioStep[], index: number): void {
  const left = steps.slice(index).filter((step) => !("waitFor" in step));
  if (left.length > 0) stage.run.failure = `step ${index + 1}: the call had ended already`;
}

async function runStep(stage: Stage, step: ScenarioStep): Promise<string | undefined> {
  if ("say" in step) return say(stage, "say", { text: step.say, expectReply: step.expectReply });
  if ("waitFor" in step) return waitFor(stage, step);
  if ("bargeIn" in step) {
    const { say: text, afterMs } = step.bargeIn;
    const problem = await waitForSpeech(stage, { afterMs, withinMs: step.withinMs });
    return problem ?? say(stage, "bargeIn", { text, expectReply: true });
  }
  if ("backchannel" in step) {
    const { say: text, afterMs } = step.backchannel;
    const problem = await waitForSpeech(stage, { afterMs, withinMs: step.withinMs });
    return problem ?? say(stage, "backchannel", { text, expectReply: false });
  }
  if ("cough" in step) return cough(stage, step);
  if ("press" in step) return press(stage, step.press);
  if ("silence" in step) {
    await stage.telephone.waitUntil(() => false, step.silence);
    return undefined;
  }
  return hangUp(stage, step.hangUp);
}

async function say(
  stage: Stage,
  kind: "say" | "bargeIn" | "backchannel",
  { text, expectReply }: { text: string; expectReply: boolean },
): Promise<string | undefined> {
  const track = stage.tracks.get(text);
  if (track === undefined || track.frames.length === 0) return `"${text}" has no sound`;
  const uttered = await stage.telephone.utter(track);
  if (uttered === undefined) return `the call ended while the caller said "${text}"`;
  stage.run.acts.push({ kind, text, expectReply, ...uttered });
  return undefined;
}

async function waitFor(
  { telephone }: Stage,
  { waitFor: what, withinMs }: Extract<ScenarioStep, { waitFor: unknown }>,
): Promise<string | undefined> {
  const { ear } = telephone;
  const newest = () => ear.utterances.at(-1);
  const conditions = (): boolean => {
    if (what === "hangUp") return telephone.closed;
    if (what === "agentStarts") return ear.current !== undefined;
    // Done means it has spoken since the caller last did: an agent still thinking is not done.
    if (what === "agentDone") return ear.current === undefined && spokeSince(telephone);
    if ("words" in what) return containsPhrase(wordsSince(telephone), what.words);
    return ear.nowMs - (newest()?.lastVoiceAtMs ?? 0) >= what.quietMs;
  };
  if (await telephone.waitUntil(conditions, withinMs)) return undefined;
  const name = typeof what === "string" ? what : JSON.stringify(what);
  return telephone.closed ? `the call ended before ${name}` : `waited ${withinMs} ms in vain for ${name}`;
}

function spokeSince({ ear, lastLine }: Telephone): boolean {
  const last = ear.utterances.at(-1);
  return last !== undefined && last.lastVoiceAtMs > (lastLine?.lastVoiceAtMs ?? 0) && !last.cleared;
}

function wordsSince({ ear, lastLine }: Telephone): string {
  const sinceMs = lastLine?.startedAtMs ?? 0;
  return ear.words
    .filter((word) => word.atMs > sinceMs)
    .map((word) => word.text)
    .join(" ");
}

async function waitForSpeech({ telephone }: Stage, { afterMs, withinMs }: AfterSpeech): Promise<string | undefined> {
  const { ear } = telephone;
  const spoken = () => ear.current !== undefined && ear.nowMs - ear.current.startedAtMs >= afterMs;
  if (await telephone.waitUntil(spoken, withinMs)) return undefined;
  return `waited ${withinMs} ms in vain for ${afterMs} ms of agent speech`;
}

async function cough(stage: Stage, step: Extract<ScenarioStep, { cough: unknown }>): Promise<string | undefined> {
  const { afterMs, durationMs, levelDb } = step.cough;
  if (afterMs !== undefined) {
    const problem = await waitForSpeech(stage, { afterMs, withinMs: step.withinMs });
    if (problem !== undefined) return problem;
  }
  const track = stage.telephone.prepareSamples(makeCough({ durationMs, levelDb }));
  const uttered = await stage.telephone.utter(track);
  if (uttered === undefined) return "the call ended during the cough";
  stage.run.acts.push({ kind: "cough", text: `(cough, ${durationMs} ms)`, expectReply: false, ...uttered });
  return undefined;
}

const betweenKeysMs = 250;

async function press(stage: Stage, keys: string): Promise<string | undefined> {
  for (const key of keys) {
    if (key === "w") await sleep(500);
    else stage.call.press(key);
    await sleep(betweenKeysMs);
  }
  noteAct(stage, "press", `[${keys}]`);
  stage.telephone.lastLine = { startedAtMs: performance.now(), lastVoiceAtMs: performance.now() };
  return undefined;
}

async function hangUp(
  stage: Stage,
  order: Extract<ScenarioStep, { hangUp: unknown }>["hangUp"],
): Promise<string | undefined> {
  if (order !== "now") {
    const track = stage.tracks.get(order.whileSaying);
    if (track === undefined) return `"${order.whileSaying}" has no sound`;
    void stage.telephone.utter(track);
    await stage.telephone.waitUntil(() => false, order.afterMs);
  }
  noteAct(stage, "hangUp", order === "now" ? "(hangs up)" : `${order.whileSaying} — (hangs up mid-word)`);
  stage.call.hangUp();
  await stage.telephone.waitUntil(() => stage.telephone.closed, patienceMs);
  return undefined;
}

function noteAct(stage: Stage, kind: "press" | "hangUp", text: string): void {
  const moment: UtteredLine = { startedAtMs: performance.now(), lastVoiceAtMs: performance.now() };
  stage.run.acts.push({ kind, text, expectReply: kind === "press", ...moment });
}

/** Vendors that break, each in its way: the caller always hears a sentence, the owner always reads the vendor's own words. */
import { describe, expect, test } from "vitest";
import type { DeepgramSettings } from "../sandbox/src/deepgram/settings.ts";
import type { ElevenLabsSettings } from "../sandbox/src/elevenlabs/settings.ts";
import type { ModelSettings } from "../sandbox/src/language-model/settings.ts";
import { contentOf, eventsOf, startWorld, told, type World } from "./world.ts";

interface Drill {
  readonly name: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly openAi?: Partial<ModelSettings>;
  readonly elevenLabs?: Partial<ElevenLabsSettings>;
  readonly deepgram?: Partial<DeepgramSettings>;
  /** Stage → what of the vendor's own words must be among the events. */
  readonly errors: Readonly<Record<string, RegExp>>;
  /** Stage → who takes over. */
  readonly switched?: Readonly<Record<string, string>>;
  /** How long the caller waits out a silence in the greeting; speaks at its end, unless told. */
  readonly quietMs?: number;
  /** A word the caller waits for before listening to the end: a filler comes first, and is not the answer. */
  readonly answerWord?: string;
  /** What the caller gets to hear of the answer; an hour, unless told. */
  readonly heard?: RegExp;
}

const hours = /nine|9/i;
const keypad = /keypad/i;

const calm = {
  openAi: { refuseStatus: null, stallAfterTokens: null, cutAfterTokens: null },
  elevenLabs: { refuseStatus: null, stallAfterMs: null, cutAfterMs: null },
  deepgram: { refuseStatus: null, closeAfterMs: null, mute: false },
} as const;

const drills: readonly Drill[] = [
  {
    name: "OpenAI: the key is wrong",
    env: { OPENAI_API_KEY: "invalid-key" },
    errors: { model: /Incorrect API key/i },
    switched: { model: "builtin" },
  },
  {
    name: "OpenAI: 500",
    openAi: { refuseStatus: 500 },
    errors: { model: /server had an error|error/i },
    switched: { model: "builtin" },
  },
  {
    name: "OpenAI: stalls before the first token",
    openAi: { stallAfterTokens: 0 },
    answerWord: "nine",
    errors: { model: /said nothing|timed out|timeout/i },
    switched: { model: "builtin" },
  },
  {
    name: "OpenAI: cut in the middle of a sentence",
    openAi: { cutAfterTokens: 12 },
    errors: { model: /./ },
    heard: /sorry/i,
  },
  {
    name: "ElevenLabs: the key is wrong",
    env: { ELEVENLABS_API_KEY: "invalid-key" },
    errors: { voice: /Invalid API key|invalid_api_key/i },
    switched: { voice: "builtin" },
  },
  {
    name: "ElevenLabs: refuses",
    elevenLabs: { refuseStatus: 503 },
    errors: { voice: /./ },
    switched: { voice: "builtin" },
  },
  {
    name: "ElevenLabs: cut in the middle of a sentence",
    elevenLabs: { cutAfterMs: 900 },
    quietMs: 2000,
    errors: { voice: /./ },
    switched: { voice: "builtin" },
  },
  {
    name: "ElevenLabs: stalls in the middle of a sentence",
    elevenLabs: { stallAfterMs: 900 },
    quietMs: 3500,
    errors: { voice: /./ },
    switched: { voice: "builtin" },
  },
  {
    name: "Deepgram: the key is wrong",
    env: { DEEPGRAM_API_KEY: "invalid-key" },
    errors: { recogniser: /Invalid credentials/i },
    heard: keypad,
  },
  {
    name: "Deepgram: closes in the middle of the call",
    deepgram: { closeAfterMs: 4000 },
    errors: { recogniser: /./ },
    heard: keypad,
  },
  { name: "Deepgram: hears nothing", deepgram: { mute: true }, errors: {}, heard: /catch that|missed that/i },
  {
    name: "all three down at once",
    openAi: { refuseStatus: 500 },
    elevenLabs: { refuseStatus: 500 },
    deepgram: { refuseStatus: 500 },
    errors: { recogniser: /try again later/i },
    heard: keypad,
  },
];

/**
 * Drills of one platform, in turn: different vendors, because one that failed is skipped for a while. The voice's come first, as the greeting
 * of a later call is in the cache.
 */
const platforms: readonly (readonly string[])[] = [
  ["ElevenLabs: the key is wrong", "OpenAI: 500", "Deepgram: hears nothing"],
  ["ElevenLabs: refuses", "OpenAI: stalls before the first token"],
  ["ElevenLabs: cut in the middle of a sentence", "OpenAI: cut in the middle of a sentence", "all three down at once"],
  ["ElevenLabs: stalls in the middle of a sentence"],
  ["OpenAI: the key is wrong", "Deepgram: closes in the middle of the call"],
  ["Deepgram: the key is wrong"],
];
/** Of them at a time. */
const lanes = 3;
const sentenceWithinMs = 6000;

async function judge(world: World, drill: Drill): Promise<void> {
  world.openAi.setFaults({ ...calm.openAi, ...drill.openAi });
  world.elevenLabs.setFaults({ ...calm.elevenLabs, ...drill.elevenLabs });
  world.deepgram.setFaults({ ...calm.deepgram, ...drill.deepgram });
  const call = await world.call({
    steps: [
      { waitFor: "agentStarts" },
      { waitFor: drill.quietMs === undefined ? "agentDone" : { quietMs: drill.quietMs }, withinMs: 15_000 },
      { say: "What time do you open on Monday?" },
      ...(drill.answerWord === undefined ? [] : [{ waitFor: { words: drill.answerWord }, withinMs: 20_000 }]),
      { waitFor: "agentDone", withinMs: 20_000 },
      { hangUp: "now" },
    ],
  });
  const events = eventsOf(call);
  const report = `${drill.name}${told(call)}\n${events.map((event) => JSON.stringify(event)).join("\n")}`;
  for (const turn of call.result.turns.slice(0, 2)) {
    expect(turn.firstAudioMs, `a sentence after ${turn.caller}${report}`).toBeLessThanOrEqual(sentenceWithinMs);
  }
  const heard = events.filter(({ type }) => type === "reply-finished").map((event) => contentOf(event, "heard"));
  expect(heard.join(" "), report).toMatch(drill.heard ?? hours);
  const find = (type: string, stage: string) =>
    events.filter((event) => event.type === type && event["stage"] === stage);
  for (const [stage, words] of Object.entries(drill.errors)) {
    const messages = find("stage-error", stage).map((event) => contentOf(event, "vendorMessage"));
    expect(messages.join("\n"), report).toMatch(words);
  }
  for (const [stage, to] of Object.entries(drill.switched ?? {})) {
    expect(
      find("provider-switched", stage).map((event) => event["to"]),
      report,
    ).toContain(to);
  }
}

async function runDrills(names: readonly string[]): Promise<void> {
  const own = names.flatMap((name) => drills.filter((drill) => drill.name === name));
  const world = await startWorld({ env: Object.assign({}, ...own.map(({ env }) => env)) });
  try {
    for (const drill of own) await judge(world, drill);
  } finally {
    await world.close();
  }
}

describe.concurrent("vendors that break", () => {
  const waiting: (() => void)[] = [];
  let free = lanes;
  for (const names of platforms) {
    test(names.join(", then "), { timeout: 240_000 }, async () => {
      if (free > 0) free -= 1;
      else await new Promise<void>((resolve) => waiting.push(resolve));
      await runDrills(names).finally(() => {
        const next = waiting.shift();
        if (next === undefined) free += 1;
        else next();
      });
    });
  }
});

test("every drill has its platform", () => {
  expect(platforms.flat().toSorted()).toEqual(drills.map(({ name }) => name).toSorted());
});

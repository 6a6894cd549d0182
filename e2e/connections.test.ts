/** Keys at vendors are tried at the vendors before they are kept: against their stand-ins. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { startAnthropic } from "../sandbox/src/anthropic/start-anthropic.ts";
import { startMistral } from "../sandbox/src/mistral/start-mistral.ts";
import { startWorld, type World } from "./world.ts";

const minute = 60_000;
let world: World;
let anthropic: Awaited<ReturnType<typeof startAnthropic>>;
let mistral: Awaited<ReturnType<typeof startMistral>>;

beforeAll(async () => {
  [anthropic, mistral] = await Promise.all([startAnthropic({}), startMistral({})]);
  world = await startWorld({
    env: { ANTHROPIC_BASE_URL: `${anthropic.url}/v1`, MISTRAL_BASE_URL: `${mistral.url}/v1` },
  });
}, minute);
afterAll(async () => {
  await world?.close();
  await Promise.all([anthropic?.close(), mistral?.close()]);
}, minute);

async function connect(vendor: string, apiKey: string) {
  const { url, apiKey: ours } = world.platform;
  const headers = { authorization: `Bearer ${ours}`, "content-type": "application/json" };
  const body = JSON.stringify({ vendor, apiKey });
  const answer = await fetch(`${url}/api/v1/connections`, { method: "POST", headers, body });
  return { status: answer.status, text: await answer.text() };
}

test.each(["deepgram", "elevenlabs", "openai", "anthropic", "mistral"])(
  "%s: a key that does not hold is refused in its words, one that does is kept",
  async (vendor) => {
    const wrong = await connect(vendor, "invalid-key-of-theirs");
    expect(wrong.status, wrong.text).toBe(400);
    expect(wrong.text).toContain("refused these secrets");
    expect(wrong.text).not.toContain("invalid-key-of-theirs");
    const right = await connect(vendor, "a-good-key-of-theirs");
    expect(right.status, right.text).toBe(201);
    expect(right.text).not.toContain("a-good-key-of-theirs");
  },
);

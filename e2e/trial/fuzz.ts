/** Nonsense at every door: the media sockets and the HTTP API. */
import { askForStream, createRandom, visitRoughly } from "../rough-frames.ts";
import type { World } from "../world.ts";
import { crashesOf } from "./chaos.ts";

export interface FuzzReport {
  readonly frames: number;
  readonly requests: number;
  readonly problems: readonly string[];
}

const methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"] as const;
const paths = [
  "/api/v1/calls",
  "/api/v1/calls/call_nobody",
  "/api/v1/calls/call_nobody/events",
  "/api/v1/calls/%00",
  "/api/v1/nothing",
  "/telephony/twilio/incoming",
  "/telephony/twilio/connect-action",
  "/telephony/twilio/media/0",
  "/telephony/twilio/media/99999999",
  "/readyz",
  "/metrics",
  "/..%2f..%2fetc/passwd",
];
const types = [
  "application/json",
  "application/x-www-form-urlencoded",
  "text/plain",
  "multipart/form-data; boundary=x",
];
const bodies = [
  "",
  "{",
  "null",
  '{"channel":7}',
  '{"channel":"web","language":"\\u0000"}',
  '{"__proto__":{"a":1}}',
  `{"text":"${"a".repeat(200_000)}"}`,
  "CallSid=&From=%00",
  "[".repeat(50_000),
];
const queries = [
  "",
  "?limit=-1",
  "?limit=1e9",
  "?cursor=%F0%28%8C",
  `?externalId=${"x".repeat(5000)}`,
  "?limit=5&limit=6",
];

async function askNonsense(world: World, random: () => number): Promise<string | undefined> {
  const pick = <T>(list: readonly T[]) => list[Math.floor(random() * list.length)] as T;
  const method = pick(methods);
  const path = pick(paths) + pick(queries);
  const headers: Record<string, string> = { "content-type": pick(types) };
  if (random() < 0.7) headers["authorization"] = `Bearer ${random() < 0.6 ? world.platform.apiKey : "nonsense"}`;
  if (random() < 0.3) headers["x-twilio-signature"] = "bm9uc2Vuc2U=";
  const body = method === "GET" || method === "HEAD" ? undefined : pick(bodies);
  try {
    const init = { method, headers, signal: AbortSignal.timeout(10_000), ...(body === undefined ? {} : { body }) };
    const response = await fetch(`${world.platform.url}${path}`, init);
    await response.arrayBuffer();
    return response.status >= 500 ? `${method} ${path.slice(0, 60)} answered ${response.status}` : undefined;
  } catch (error) {
    return `${method} ${path.slice(0, 60)}: ${error instanceof Error ? error.message : String(error)}`;
  }
}

export async function runFuzz(
  world: World,
  { durationMs, seed }: { durationMs: number; seed: number },
): Promise<FuzzReport> {
  const untilMs = performance.now() + durationMs;
  const random = createRandom(seed);
  const problems = new Set<string>();
  let frames = 0;
  let requests = 0;
  const rough = async () => {
    while (performance.now() < untilMs) {
      const { url, token } = await askForStream(world);
      const visit = { count: 500, seed: Math.floor(random() * 2 ** 31) };
      frames += (await visitRoughly(url, random() < 0.5 ? { ...visit, token } : visit)).sent;
    }
  };
  const ask = async () => {
    while (performance.now() < untilMs) {
      const problem = await askNonsense(world, random);
      if (problem !== undefined) problems.add(problem);
      requests += 1;
    }
  };
  await Promise.all([rough(), rough(), ask(), ask()]);
  for (const crash of crashesOf(world)) problems.add(crash);
  return { frames, requests, problems: [...problems] };
}

import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";

const call = z.looseObject({ id: z.string() });
const event = z.looseObject({ type: z.string() });

export type PlatformEvent = z.infer<typeof event>;
export type PlatformEvents = { readonly events: readonly PlatformEvent[] } | { readonly unavailable: string };

export interface PlatformApi {
  readonly origin: string;
  readonly apiKey?: string | undefined;
}

const tries = 10;
const betweenTriesMs = 300;

/**
 * The events of the call that Twilio knows as `callSid`. Events are written behind the call: it waits up to three seconds
 * for the last one. A platform without these addresses is an answer, not a failure.
 */
export async function fetchCallEvents(api: PlatformApi, callSid: string): Promise<PlatformEvents> {
  let last: PlatformEvents = { unavailable: "no answer" };
  for (let attempt = 0; attempt < tries; attempt += 1) {
    last = await tryFetch(api, callSid);
    if ("events" in last && last.events.some(({ type }) => type === "call-ended")) return last;
    if ("unavailable" in last && last.unavailable.startsWith("!")) return { unavailable: last.unavailable.slice(1) };
    await sleep(betweenTriesMs);
  }
  return last;
}

/** A reason that begins with "!" will not change by asking again. */
async function tryFetch(api: PlatformApi, callSid: string): Promise<PlatformEvents> {
  const list = await getJson(api, `/api/v1/calls?externalId=${callSid}`);
  if ("problem" in list) return { unavailable: list.problem };
  const found = z.array(call).safeParse(itemsOf(list.json));
  if (!found.success) return { unavailable: "!GET /api/v1/calls answered something that is not a list of calls" };
  const id = found.data[0]?.id;
  if (id === undefined) return { unavailable: `GET /api/v1/calls?externalId=${callSid}: no such call` };
  const answer = await getJson(api, `/api/v1/calls/${encodeURIComponent(id)}/events`);
  if ("problem" in answer) return { unavailable: answer.problem };
  const events = z.array(event).safeParse(itemsOf(answer.json));
  if (!events.success) return { unavailable: "!GET /api/v1/calls/{id}/events answered something that is not events" };
  return { events: events.data };
}

/** The list inside a page, whatever the page calls it. */
function itemsOf(json: unknown): unknown {
  if (typeof json !== "object" || json === null || Array.isArray(json)) return json;
  return Object.values(json).find(Array.isArray);
}

async function getJson(api: PlatformApi, path: string): Promise<{ json: unknown } | { problem: string }> {
  try {
    const headers: Record<string, string> = { Accept: "application/json" };
    if (api.apiKey !== undefined) headers["Authorization"] = `Bearer ${api.apiKey}`;
    const response = await fetch(new URL(path, api.origin), { headers, signal: AbortSignal.timeout(5000) });
    if (response.ok) return { json: await response.json() };
    const hint = response.status === 401 ? " (pass --api-key)" : "";
    return { problem: `!GET ${path.split("?")[0]} answered ${response.status}${hint}` };
  } catch (error) {
    return { problem: `!GET ${path.split("?")[0]}: ${error instanceof Error ? error.message : String(error)}` };
  }
}

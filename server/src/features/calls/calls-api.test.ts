/** Calls read over the API of the running program: the worker has indexed what was said. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { type RunningPlatform, startPlatform, waitUntil } from "../../testing/running-platform.ts";

let platform: RunningPlatform;
beforeAll(async () => {
  platform = await startPlatform();
}, 60_000);
afterAll(() => platform?.dispose(), 30_000);

async function ask(method: string, path: string, body?: unknown): Promise<Response> {
  return await fetch(`${platform.url}/api/v1${path}`, {
    method,
    headers: {
      authorization: `Bearer ${platform.apiKey}`,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}
const read = async (path: string) => (await (await ask("GET", path)).json()) as Record<string, never>;
const idsOf = (page: Record<string, unknown>) => (page.items as { id: string }[]).map(({ id }) => id);

async function holdCall(words: string): Promise<string> {
  const { callId } = (await (await ask("POST", "/calls", { channel: "text" })).json()) as { callId: string };
  await ask("POST", `/calls/${callId}/messages`, { text: words });
  await ask("POST", `/calls/${callId}/control`, { action: "hang-up" });
  await waitUntil(async () => String((await read(`/calls/${callId}`)).status) === "completed", 15_000);
  return callId;
}

test("a call is found by its words, read whole, noted, judged, exported, counted and erased", async () => {
  const callId = await holdCall("What are your opening hours on zebra day?");
  await waitUntil(async () => idsOf(await read("/calls?q=zebra")).includes(callId), 20_000);
  const found = await read("/calls?q=ZEBRA%20day&channel=text&limit=5");
  expect(found).toMatchObject({ items: [{ id: callId, matches: [{ speaker: "caller" }] }], nextCursor: null });

  const call = await read(`/calls/${callId}`);
  expect(call).toMatchObject({ id: callId, notes: [], review: null, recording: null, tools: expect.anything() });
  expect(call.transcript).toContainEqual(
    expect.objectContaining({ speaker: "caller", text: expect.stringContaining("zebra") }),
  );
  expect(call.transcript).toContainEqual(expect.objectContaining({ speaker: "agent", phrase: "greeting" }));
  const asText = { headers: { authorization: `Bearer ${platform.apiKey}`, accept: "text/plain" } };
  for (const plain of [
    await ask("GET", `/calls/${callId}/transcript?format=text`),
    await fetch(`${platform.url}/api/v1/calls/${callId}/transcript`, asText),
  ]) {
    expect(plain.headers.get("content-type")).toContain("text/plain");
    expect(await plain.text()).toMatch(/^\d\d:\d\d caller: What are your opening hours on zebra day\?$/m);
  }
  expect(await read(`/calls/${callId}/transcript`)).toEqual({ callId, turns: call.transcript });
  expect(await read(`/calls/${callId}/latency`)).toEqual(call.latency);
  expect(await read(`/calls/${callId}/tools`)).toEqual({ items: call.tools });

  const note = await ask("POST", `/calls/${callId}/notes`, { text: "a good one" });
  expect(note.status).toBe(201);
  const { id: noteId } = (await note.json()) as { id: string };
  expect((await ask("PUT", `/calls/${callId}/review`, { verdict: "wrong", reason: "no zebras" })).status).toBe(200);
  expect(idsOf(await read("/calls?reviewed=true"))).toEqual([callId]);
  expect(await read(`/calls/${callId}`)).toMatchObject({
    notes: [{ text: "a good one" }],
    review: { verdict: "wrong" },
  });
  expect((await ask("DELETE", `/calls/${callId}/notes/${noteId}`)).status).toBe(204);

  const csv = await ask("GET", "/calls/export?channel=text");
  expect(csv.headers.get("content-type")).toContain("text/csv");
  expect(await csv.text()).toContain(callId);
  expect(await read("/calls/statistics")).toMatchObject({ total: { calls: 1, answered: 1 } });

  expect((await ask("DELETE", `/calls/${callId}`)).status).toBe(204);
  for (const path of ["", "/transcript", "/latency", "/tools", "/notes", "/events"]) {
    expect((await ask("GET", `/calls/${callId}${path}`)).status, path).toBe(404);
  }
  expect(idsOf(await read("/calls?q=zebra"))).toEqual([]);
  expect(idsOf(await read("/calls"))).not.toContain(callId);
  expect(await read("/calls/statistics")).toMatchObject({ total: { calls: 1 } });
}, 90_000);

test("what is wrong with a question is named", async () => {
  for (const [query, name] of [
    ["q=%E2%80%A6", "q"],
    ["phone=mona", "phone"],
    ["since=yesterday", "since"],
    ["minDurationMs=-1", "minDurationMs"],
    ["cursor=nonsense", "cursor"],
    [`q=${Array.from({ length: 13 }, (_, index) => `w${index}`).join("%20")}`, "q"],
  ] as const) {
    const answer = await ask("GET", `/calls?${query}`);
    expect(answer.status, query).toBe(400);
    expect(await answer.text(), query).toContain(name);
  }
  expect((await ask("GET", "/calls/statistics?since=2020-01-01T00:00:00Z")).status).toBe(400);
  expect((await ask("DELETE", "/calls/call_none")).status).toBe(404);
});

test("whoever reads words or details of a call is on record, once for all its parts; who finds nothing is not", async () => {
  const callId = await holdCall("What are your opening hours?");
  const readings = async (subject: string) =>
    (await read(`/audit-log?limit=50&action=calls.get&subject=${subject}`)).items as unknown as {
      actorKind?: string;
    }[];
  const already = (await readings(callId)).length;
  // Asking whether it was over was a reading.
  expect(already).toBe(1);
  const parts = ["", "/transcript", "/transcript?format=text", "/tools", "/notes", "/events", "/analysis"];
  await Promise.all(parts.map(async (part) => (await ask("GET", `/calls/${callId}${part}`)).text()));
  expect(await readings(callId)).toHaveLength(1);
  const other = await holdCall("And on Sunday?");
  expect(await readings(other)).toHaveLength(1);
  for (const part of parts) expect((await ask("GET", `/calls/call_nobody${part}`)).status).toBe(404);
  expect(await readings("call_nobody")).toEqual([]);
}, 60_000);

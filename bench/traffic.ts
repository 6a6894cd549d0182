/** The bench's API traffic, in a process of its own: a steady rate of mixed requests until it is told to stop. */
import { setPriority } from "node:os";
import autocannon from "autocannon";
import type { TrafficOrder, TrafficReport } from "./messages.ts";

/** One of these many is made by each connection in turn. */
const connections = 32;
const perSecond = Math.ceil(10_000 / 60);

type Request = autocannon.Request;
type Make = () => Request;

/** Text calls that wait for their next words. */
const openCalls: string[] = [];
const turnsOfCall = 3;
let made = 0;

const wav = (seconds: number) => {
  const sound = Buffer.alloc(44 + seconds * 16_000);
  sound.write("RIFF", 0);
  sound.writeUInt32LE(sound.length - 8, 4);
  sound.write("WAVEfmt ", 8);
  for (const [at, value] of [
    [16, 16],
    [24, 8000],
    [28, 16_000],
  ] as const)
    sound.writeUInt32LE(value, at);
  for (const [at, value] of [
    [20, 1],
    [22, 1],
    [32, 2],
    [34, 16],
  ] as const)
    sound.writeUInt16LE(value, at);
  sound.write("data", 36);
  sound.writeUInt32LE(sound.length - 44, 40);
  return sound;
};

const csv = (lines: number) =>
  `name,phone\n${Array.from({ length: lines }, (_, line) => `Imported ${line},+2010${String(10_000_000 + line)}`).join("\n")}\n`;

const api = "/api/v1";

/** How often each comes, in a thousand. */
function readsOf(order: TrafficOrder): [number, Make][] {
  const headers = { authorization: `Bearer ${order.apiKey}` };
  const get = (path: string) => (): Request => ({ method: "GET", path: `${api}${path}`, headers });
  return [
    [220, get("/calls?limit=25")],
    [120, get(`/calls/${order.callId}`)],
    [80, get("/calls?q=open%20weekdays")],
    [40, get("/calls/statistics?bucket=day")],
    [120, get("/contacts?limit=25")],
    [60, get("/contacts?name=Person")],
    [50, get(`/contacts/${order.contactId}`)],
    [50, get("/agents/agent_demo")],
    [40, get("/phone-numbers")],
    [60, get("/calls/live")],
    [20, () => ({ method: "GET", path: "/", headers: { accept: "text/html" } })],
  ];
}

function writesOf(order: TrafficOrder): [number, Make][] {
  const { apiKey, contactId, email, password } = order;
  const send = (method: "POST" | "PATCH", path: string, { type, body }: { type: string; body: string | Buffer }) => {
    const headers = { authorization: `Bearer ${apiKey}`, "content-type": type };
    return { method, path: `${api}${path}`, headers, body };
  };
  const json = (body: object) => ({ type: "application/json", body: JSON.stringify(body) });
  const nextCall = () => {
    const call = openCalls.shift();
    if (call !== undefined && made % turnsOfCall !== 0) openCalls.push(call);
    return call ?? order.callId;
  };
  const lines = { type: "text/csv", body: csv(500) };
  const sound = { type: "audio/wav", body: wav(5) };
  return [
    [70, () => send("POST", "/contacts", json({ name: `Person ${made}`, notes: "Called about a cleaning." }))],
    [25, () => send("PATCH", `/contacts/${contactId}`, json({ notes: `Seen ${made} times.` }))],
    [12, () => send("POST", "/calls", json({ channel: "text" }))],
    [28, () => send("POST", `/calls/${nextCall()}/messages`, json({ text: "When are you open?" }))],
    [3, () => send("POST", "/auth/sign-in", json({ email, password }))],
    [1, () => send("POST", "/contact-imports", lines)],
    [1, () => send("POST", "/transcriptions", sound)],
  ];
}

/** The same order each time, every kind spread evenly. */
function sequenceOf(mix: readonly [number, Make][]): Make[] {
  return mix
    .flatMap(([count, make], kind) =>
      Array.from({ length: count }, (_, turn) => ({ at: (turn + (kind + 1) / (mix.length + 1)) / count, make })),
    )
    .toSorted((left, right) => left.at - right.at)
    .map(({ make }) => make);
}

function start(order: TrafficOrder): () => Promise<TrafficReport> {
  const sequence = sequenceOf([...readsOf(order), ...writesOf(order)]);
  const statuses: Record<string, number> = {};
  const ended = Promise.withResolvers<autocannon.Result>();
  const options: autocannon.Options = {
    ...{ url: order.url, connections, overallRate: perSecond, duration: 3600 },
    requests: [
      {
        setupRequest: (request) => ({ ...request, ...sequence[made++ % sequence.length]?.() }),
        onResponse(status, body) {
          statuses[status] = (statuses[status] ?? 0) + 1;
          const callId = status === 201 ? /"channel":"text","callId":"([^"]+)"/.exec(body)?.[1] : undefined;
          if (callId !== undefined) openCalls.push(callId);
        },
      },
    ],
  };
  const instance = autocannon(options, (error: unknown, result) => {
    if (error) ended.reject(error as Error);
    else ended.resolve(result);
  });
  const startedAt = performance.now();
  return async () => {
    const seconds = (performance.now() - startedAt) / 1000;
    instance.stop();
    const { latency, errors } = await ended.promise;
    const answered = Object.values(statuses).reduce((sum, count) => sum + count, 0);
    return { perMinute: (answered / seconds) * 60, statuses, errors, p50: latency.p50, p99: latency.p99 };
  };
}

// The telephones beside it measure; it only asks.
setPriority(10);
let stop: (() => Promise<TrafficReport>) | undefined;
process.on("message", (message: TrafficOrder | "stop") => {
  if (message !== "stop") stop = start(message);
  else void stop?.().then((report) => process.send?.(report));
});
process.on("disconnect", () => process.exit(0));

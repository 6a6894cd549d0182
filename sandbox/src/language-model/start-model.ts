import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { closeServer, createKeyCheck, listenOnLoopback } from "../control/loopback.ts";
import { createSettings, parseJson, readBody, type Settings, sendJson } from "../control/settings.ts";
import { receptionist } from "./brain.ts";
import { type ModelCall, Refusal } from "./model-types.ts";
import { playFrames } from "./play-frames.ts";
import { type LatenessReport, type ModelRequestRecord, RequestLog } from "./request-log.ts";
import { healthyFaults, type ModelSettings, modelSettingsSchema } from "./settings.ts";
import { type Replies, think } from "./think.ts";

export type ModelOptions = {
  /** 0 or none takes a free one. */
  readonly port?: number;
  /** Without it every key is right that does not begin with "invalid". */
  readonly apiKey?: string;
  readonly settings?: Partial<ModelSettings>;
  /** What is answered; without it, a dental receptionist. */
  readonly replies?: Replies;
};

export type ModelStandIn = {
  /** `http://127.0.0.1:<port>`, without `/v1`. */
  readonly url: string;
  /** Oldest first; at most 2000. The records change while their answers are under way. */
  readonly requests: readonly ModelRequestRecord[];
  readonly settings: ModelSettings;
  setFaults(change: Partial<ModelSettings>): void;
  setReplies(replies: Replies): void;
  lateness(): LatenessReport;
  /** Forgets requests and lateness. */
  reset(): void;
  close(): Promise<void>;
};

/** What tells one vendor from another. */
export type Vendor = {
  readonly requestIdHeader: string;
  readonly readKey: (request: IncomingMessage) => string | undefined;
  /** The path and what reads its body; throws a `Refusal`. */
  readonly routes: ReadonlyMap<string, (body: unknown, request: IncomingMessage) => ModelCall>;
  /** Paths that are answered whole, without a brain; throws a `Refusal`. */
  readonly answers?: ReadonlyMap<string, (body: unknown) => unknown>;
  readonly models: unknown;
  readonly wrongKey: () => Refusal;
  /** The vendor's words for a status that was set as a fault. */
  readonly fault: (status: number) => Refusal;
  readonly errorBody: (refusal: Refusal, requestId: string) => unknown;
};

type Scene = {
  readonly vendor: Vendor;
  readonly settings: Settings<ModelSettings>;
  readonly log: RequestLog;
  readonly isRightKey: (key: string | undefined) => boolean;
  replies: Replies;
};

/** A language model's stand-in on a loopback port. `/_sandbox/settings` sets it, `/_sandbox/summary` tells what it saw. */
export async function startModel(vendor: Vendor, options: ModelOptions): Promise<ModelStandIn> {
  const settings = createSettings(modelSettingsSchema, options.settings);
  const log = new RequestLog();
  const isRightKey = createKeyCheck(options.apiKey);
  const scene: Scene = { vendor, settings, log, isRightKey, replies: options.replies ?? receptionist };
  const server = createServer((request, response) => {
    answer(request, response, scene).catch(() => response.destroy());
  });
  server.keepAliveTimeout = 65_000;
  const port = await listenOnLoopback(server, options.port);
  return {
    url: `http://127.0.0.1:${port}`,
    requests: log.requests,
    get settings() {
      return settings.value;
    },
    setFaults: (change) => settings.set(change),
    setReplies: (replies) => {
      scene.replies = replies;
    },
    lateness: () => log.lateness(),
    reset: () => log.reset(),
    async close() {
      await closeServer(server);
    },
  };
}

async function answer(request: IncomingMessage, response: ServerResponse, scene: Scene): Promise<void> {
  if (await scene.settings.handle(request, response)) return;
  const path = (request.url ?? "/").split("?")[0] ?? "/";
  if (path === "/_sandbox/summary") {
    sendJson(response, 200, scene.log.summary());
    if (request.method === "DELETE") scene.log.reset();
    return;
  }
  const requestId = `req_${randomUUID().replaceAll("-", "")}`;
  response.setHeader(scene.vendor.requestIdHeader, requestId);
  const atMs = performance.now();
  try {
    await answerVendor({ request, response, scene, path, requestId, atMs });
  } catch (error) {
    const refusal =
      error instanceof Refusal ? error : new Refusal(400, error instanceof Error ? error.message : "bad request");
    refuse(refusal, { response, scene, requestId });
  }
}

type Exchange = {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly scene: Scene;
  readonly path: string;
  readonly requestId: string;
  readonly atMs: number;
};

async function answerVendor(exchange: Exchange): Promise<void> {
  const { request, response, scene, path } = exchange;
  const { vendor } = scene;
  if (!scene.isRightKey(vendor.readKey(request))) throw vendor.wrongKey();
  if (request.method === "GET" && path === "/v1/models") return sendJson(response, 200, vendor.models);
  const route = vendor.routes.get(path);
  const whole = vendor.answers?.get(path);
  if (route === undefined && whole === undefined)
    throw new Refusal(404, `Invalid URL (${request.method ?? "GET"} ${path})`);
  if (request.method !== "POST") throw new Refusal(405, `Method ${request.method ?? ""} is not allowed for ${path}`);
  const body = parseJson(await readBody(request));
  const record = startRecord(exchange, body);
  const settings = takeSettings(scene.settings);
  try {
    if (settings.refuseStatus !== null) throw vendor.fault(settings.refuseStatus);
    if (body === undefined) throw new Refusal(400, "We could not parse the JSON body of your request.");
    if (route !== undefined) return speak(route(body, request), { exchange, record, settings });
    sendWhole(whole?.(body), { exchange, record, settings });
  } catch (error) {
    record.status = error instanceof Refusal ? error.status : 400;
    if (settings.refuseStatus !== null && settings.retryAfterMs !== null) {
      response.setHeader("retry-after-ms", String(settings.retryAfterMs));
      response.setHeader("retry-after", String(Math.ceil(settings.retryAfterMs / 1000)));
    }
    throw error;
  }
}

/** The settings for this request; counts it when faults meet only some. */
function takeSettings(settings: Settings<ModelSettings>): ModelSettings {
  const { value } = settings;
  if (value.faultyRequests === null) return value;
  if (value.faultyRequests === 0) return { ...value, ...healthyFaults };
  settings.set({ faultyRequests: value.faultyRequests - 1 });
  return value;
}

function startRecord({ request, response, scene, path, requestId, atMs }: Exchange, body: unknown): ModelRequestRecord {
  const record: ModelRequestRecord = {
    id: requestId,
    path,
    atMs,
    body,
    headers: readHeaders(request),
    status: 200,
    text: "",
    toolCalls: [],
    tokensSent: 0,
    tokensPlanned: 0,
    finished: false,
    disconnected: false,
    endedAtMs: null,
  };
  scene.log.add(record);
  response.on("close", () => {
    record.endedAtMs = performance.now();
    record.disconnected = !response.writableFinished;
    if (record.disconnected) record.finished = false;
  });
  return record;
}

const secretHeaders = new Set(["authorization", "x-api-key", "cookie"]);

function readHeaders(request: IncomingMessage): Record<string, string> {
  const told = Object.entries(request.headers).filter(([name]) => !secretHeaders.has(name));
  return Object.fromEntries(told.map(([name, value]) => [name, String(value)]));
}

function speak(call: ModelCall, to: { exchange: Exchange; record: ModelRequestRecord; settings: ModelSettings }): void {
  const { exchange, record, settings } = to;
  const { response, scene } = exchange;
  const reply = think(call, scene.replies);
  const form = call.form(reply);
  record.text = reply.tokens.join("");
  record.toolCalls = reply.toolCalls.map(({ name, input }) => ({ name, input }));
  record.tokensPlanned = form.frames.reduce((sum, frame) => sum + frame.tokens, 0);
  if (call.stream) return playFrames(form, { response, record, log: scene.log, settings });
  const perTokenMs = settings.tokensPerSecond === null ? 0 : 1000 / settings.tokensPerSecond;
  const dueMs = record.atMs + settings.firstTokenDelayMs + record.tokensPlanned * perTokenMs;
  const timer = setTimeout(
    () => {
      if (settings.cutAfterTokens !== null) return void response.destroy();
      if (settings.stallAfterTokens !== null) return;
      record.tokensSent = record.tokensPlanned;
      record.finished = true;
      sendJson(response, 200, form.whole);
    },
    Math.max(0, dueMs - performance.now()),
  );
  response.on("close", () => clearTimeout(timer));
}

function sendWhole(
  answer: unknown,
  { exchange, record, settings }: { exchange: Exchange; record: ModelRequestRecord; settings: ModelSettings },
): void {
  const { response } = exchange;
  const timer = setTimeout(() => {
    record.finished = true;
    sendJson(response, 200, answer);
  }, settings.firstTokenDelayMs);
  response.on("close", () => clearTimeout(timer));
}

function refuse(refusal: Refusal, to: { response: ServerResponse; scene: Scene; requestId: string }): void {
  sendJson(to.response, refusal.status, to.scene.vendor.errorBody(refusal, to.requestId));
}

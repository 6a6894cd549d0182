/** Requests and notices over Node's process channel, with sockets on board where one is sent along. */
import type { Socket } from "node:net";
import type { ErrorCode } from "@parley/contract/error-code";
import { AppError } from "../kernel/app-error.ts";
import type { ProcessNotices, ProcessRequests } from "./process-messages.ts";

/** What `process` and a ChildProcess have in common. */
export interface ProcessChannel {
  send?(message: unknown, handle: unknown, options: object, callback: (error: Error | null) => void): boolean;
  on(event: "message", listener: (message: unknown, handle: unknown) => void): unknown;
}

type Wire =
  | { parley: "request"; id: number; method: string; params: unknown }
  | { parley: "answer"; id: number; result?: unknown; error?: { code: ErrorCode; publicMessage: string } }
  | { parley: "notice"; name: string; data: unknown };

type RequestName = keyof ProcessRequests;
type NoticeName = keyof ProcessNotices;
type Answerer = (params: never) => Promise<unknown>;
type Listener = (data: never, socket: Socket | undefined) => void;

export interface ProcessLink {
  /** Throws AppError: the other side's own, or `internal` when it is gone or silent. */
  request<N extends RequestName>(
    name: N,
    params: ProcessRequests[N]["params"],
    timeoutMs?: number,
  ): Promise<ProcessRequests[N]["result"]>;
  notify<N extends NoticeName>(name: N, data: ProcessNotices[N], socket?: Socket): void;
  onRequest<N extends RequestName>(
    name: N,
    answer: (params: ProcessRequests[N]["params"]) => Promise<ProcessRequests[N]["result"]>,
  ): void;
  onNotice<N extends NoticeName>(name: N, listen: (data: ProcessNotices[N], socket: Socket | undefined) => void): void;
  /** The other side is gone: open requests fail. */
  close(): void;
}

const defaultTimeoutMs = 10_000;

/**
 * Node keeps reading a socket between sending it and the receiver's acknowledgement, and drops what it read: the first
 * message of a quick client was lost that way while the sender was busy.
 */
function stopReading(socket: Socket): void {
  const { _handle: handle } = socket as unknown as { _handle?: { readStop?: () => void; reading?: boolean } | null };
  handle?.readStop?.();
  if (handle) handle.reading = false;
}

const isWire = (message: unknown): message is Wire =>
  typeof message === "object" && message !== null && typeof (message as { parley?: unknown }).parley === "string";

function toError(error: unknown): { code: ErrorCode; publicMessage: string } {
  if (error instanceof AppError) return { code: error.code, publicMessage: error.publicMessage };
  return { code: "internal", publicMessage: "Something went wrong on our side." };
}

export function createProcessLink(channel: ProcessChannel): ProcessLink {
  const answerers = new Map<string, Answerer>();
  const listeners = new Map<string, Listener>();
  const open = new Map<
    number,
    { resolve: (result: unknown) => void; reject: (error: Error) => void; timer: NodeJS.Timeout }
  >();
  let nextId = 1;
  let closed = false;

  const send = (wire: Wire, socket?: Socket) => {
    if (closed || !channel.send) {
      socket?.destroy();
      return;
    }
    if (socket) stopReading(socket);
    channel.send(wire, socket, {}, (error) => {
      if (error) socket?.destroy();
    });
  };

  const settle = (wire: Extract<Wire, { parley: "answer" }>) => {
    const waiting = open.get(wire.id);
    if (!waiting) return;
    open.delete(wire.id);
    clearTimeout(waiting.timer);
    if (wire.error) waiting.reject(new AppError(wire.error.code, { publicMessage: wire.error.publicMessage }));
    else waiting.resolve(wire.result);
  };

  const answer = async (wire: Extract<Wire, { parley: "request" }>) => {
    try {
      const answerer = answerers.get(wire.method);
      if (!answerer) throw new Error(`nobody answers ${wire.method}`);
      send({ parley: "answer", id: wire.id, result: await answerer(wire.params as never) });
    } catch (error) {
      send({ parley: "answer", id: wire.id, error: toError(error) });
    }
  };

  channel.on("message", (message, handle) => {
    if (!isWire(message)) return;
    const socket = handle as Socket | undefined;
    if (message.parley === "answer") return settle(message);
    if (message.parley === "request") return void answer(message);
    const listen = listeners.get(message.name);
    if (listen) listen(message.data as never, socket);
    else socket?.destroy();
  });

  const fail = (id: number, publicMessage: string) =>
    settle({ parley: "answer", id, error: { code: "internal", publicMessage } });

  return {
    request(name, params, timeoutMs = defaultTimeoutMs) {
      const id = nextId++;
      const result = new Promise((resolve, reject) => {
        const timer = setTimeout(() => fail(id, `The process that should answer "${name}" did not.`), timeoutMs);
        open.set(id, { resolve, reject, timer });
      });
      if (closed) fail(id, "The process that should answer is gone.");
      else send({ parley: "request", id, method: name, params });
      return result as Promise<never>;
    },
    notify: (name, data, socket) => send({ parley: "notice", name, data }, socket),
    onRequest: (name, run) => void answerers.set(name, run as Answerer),
    onNotice: (name, listen) => void listeners.set(name, listen as Listener),
    close() {
      closed = true;
      for (const id of [...open.keys()]) fail(id, "The process that should answer is gone.");
    },
  };
}

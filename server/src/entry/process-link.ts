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
  | { parley: "answer"; id: number; result?: unknown; error?: WireError }
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

interface WireError {
  readonly code: ErrorCode;
  readonly publicMessage: string;
  /** Of a fault of ours: its kind and the line it came from, for the log of the process that asked. Never its message. */
  readonly origin?: string;
}

function toError(error: unknown): WireError {
  if (error instanceof AppError) return { code: error.code, publicMessage: error.publicMessage };
  const known = error instanceof Error ? error : new Error();
  const line = /\n\s+at .*?([^/\s(]+:\d+):\d+\)?/.exec(known.stack ?? "")?.[1] ?? "unknown";
  return { code: "internal", publicMessage: "Something went wrong on our side.", origin: `${known.name} at ${line}` };
}

function fromError({ code, publicMessage, origin }: WireError): AppError {
  return new AppError(code, { publicMessage, ...(origin === undefined ? {} : { family: "bug", cause: origin }) });
}

export function createProcessLink(channel: ProcessChannel): ProcessLink {
  const link = new ChannelLink(channel);
  channel.on("message", (message, handle) => link.onMessage(message, handle as Socket | undefined));
  return link;
}

interface OpenRequest {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

class ChannelLink implements ProcessLink {
  private readonly channel: ProcessChannel;
  private readonly answerers = new Map<string, Answerer>();
  private readonly listeners = new Map<string, Listener>();
  private readonly openRequests = new Map<number, OpenRequest>();
  private nextId = 1;
  private closed = false;

  constructor(channel: ProcessChannel) {
    this.channel = channel;
  }

  request<N extends RequestName>(name: N, params: ProcessRequests[N]["params"], timeoutMs = defaultTimeoutMs) {
    const id = this.nextId++;
    const result = new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.fail(id, `The process that should answer "${name}" did not.`), timeoutMs);
      this.openRequests.set(id, { resolve, reject, timer });
    });
    if (this.closed) this.fail(id, "The process that should answer is gone.");
    else this.send({ parley: "request", id, method: name, params });
    return result as Promise<ProcessRequests[N]["result"]>;
  }

  notify<N extends NoticeName>(name: N, data: ProcessNotices[N], socket?: Socket): void {
    this.send({ parley: "notice", name, data }, socket);
  }

  onRequest(name: RequestName, answer: Answerer): void {
    this.answerers.set(name, answer);
  }

  onNotice(name: NoticeName, listen: Listener): void {
    this.listeners.set(name, listen);
  }

  close(): void {
    this.closed = true;
    for (const id of [...this.openRequests.keys()]) this.fail(id, "The process that should answer is gone.");
  }

  onMessage(message: unknown, socket: Socket | undefined): void {
    if (!isWire(message)) return;
    if (message.parley === "answer") return this.settle(message);
    if (message.parley === "request") return void this.answer(message);
    const listen = this.listeners.get(message.name);
    if (listen) listen(message.data as never, socket);
    else socket?.destroy();
  }

  private send(wire: Wire, socket?: Socket): void {
    if (this.closed || !this.channel.send) {
      socket?.destroy();
      return;
    }
    if (socket) stopReading(socket);
    this.channel.send(wire, socket, {}, (error) => {
      if (error) socket?.destroy();
    });
  }

  private settle(wire: Extract<Wire, { parley: "answer" }>): void {
    const waiting = this.openRequests.get(wire.id);
    if (!waiting) return;
    this.openRequests.delete(wire.id);
    clearTimeout(waiting.timer);
    if (wire.error) waiting.reject(fromError(wire.error));
    else waiting.resolve(wire.result);
  }

  private async answer(wire: Extract<Wire, { parley: "request" }>): Promise<void> {
    try {
      const answerer = this.answerers.get(wire.method);
      if (!answerer) throw new Error(`nobody answers ${wire.method}`);
      this.send({ parley: "answer", id: wire.id, result: await answerer(wire.params as never) });
    } catch (error) {
      this.send({ parley: "answer", id: wire.id, error: toError(error) });
    }
  }

  private fail(id: number, publicMessage: string): void {
    this.settle({ parley: "answer", id, error: { code: "internal", publicMessage } });
  }
}

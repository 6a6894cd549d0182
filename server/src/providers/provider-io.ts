import { WebSocket } from "ws";
import type { Clock } from "../kernel/clock.ts";
import type { ProviderIo } from "./provider.ts";

const handshakeTimeoutMs = 5000;
/** Longer than the pause between two turns: without this, the pool's 4 s would cost a new TLS handshake per turn. */
const keepAliveTimeoutMs = 60_000;

type DispatcherClass = new (options: { keepAliveTimeout: number; keepAliveMaxTimeout: number }) => unknown;

/**
 * An agent of the runtime's own fetch, whose class is reachable only through its global dispatcher. Undefined where the
 * runtime keeps it elsewhere: fetch then works with its defaults.
 */
function createKeepAliveAgent(): unknown {
  const dispatcher: unknown = Reflect.get(globalThis, Symbol.for("undici.globalDispatcher.1"));
  if (typeof dispatcher !== "object" || dispatcher === null) return undefined;
  const Agent = dispatcher.constructor as DispatcherClass;
  if (Agent.name !== "Agent") return undefined;
  try {
    return new Agent({ keepAliveTimeout: keepAliveTimeoutMs, keepAliveMaxTimeout: 10 * keepAliveTimeoutMs });
  } catch {
    return undefined;
  }
}

function createFetch(): typeof globalThis.fetch {
  // The runtime makes its dispatcher with the first fetch; a data URL touches no network.
  globalThis.fetch("data:,").catch(() => undefined);
  const dispatcher = createKeepAliveAgent();
  return (input, init) => {
    if (!dispatcher) return globalThis.fetch(input, init);
    return globalThis.fetch(input, { ...init, dispatcher } as RequestInit);
  };
}

/** The real outside world: sockets without compression and with a handshake deadline, connections kept for a minute. */
export function createProviderIo(clock: Clock): ProviderIo {
  return {
    clock,
    fetch: createFetch(),
    connect: (url, { headers, protocols }) =>
      new WebSocket(url, protocols ? [...protocols] : [], {
        headers: { ...headers },
        perMessageDeflate: false,
        handshakeTimeout: handshakeTimeoutMs,
        skipUTF8Validation: true,
        maxPayload: 16 * 1024 * 1024,
      }),
  };
}

/** `https://host` → `wss://host`, `http://host` → `ws://host`. */
export function socketOrigin(baseUrl: string): string {
  return baseUrl.replace(/^http/, "ws");
}

/** The platform's API from its own page. Signs in to the demo by itself. */

import type { CallEvent } from "@parley/contract/call-event";
import type { Call } from "@parley/contract/calls";
import type { Problem } from "@parley/contract/problem";
import type { ProviderStatus } from "@parley/contract/system";

export interface SystemFacts {
  readonly version: string;
  readonly embedded: boolean;
  readonly publicUrl: string | null;
  readonly twilioWebhookUrl: string;
  readonly providers: readonly ProviderStatus[];
  readonly liveCalls: number;
  readonly mediaProcesses: number;
  readonly notes: readonly string[];
}

export interface StartedCall {
  readonly callId: string;
  readonly token: string;
  readonly socketUrl: string;
  readonly agentName: string;
  readonly language: string;
}

/** What the API answered instead, in words a person can act on. */
export class ApiError extends Error {
  readonly code: string;
  readonly status: number;

  constructor(message: string, facts: { code: string; status: number }) {
    super(message);
    this.name = "ApiError";
    this.code = facts.code;
    this.status = facts.status;
  }
}

let session: Promise<void> | undefined;

/** One sign-in for all requests of the page; a failed one is tried again by the next request. */
function signIn(): Promise<void> {
  session ??= send<unknown>("/api/v1/auth/demo", { method: "POST" }).then(
    () => undefined,
    (error: unknown) => {
      session = undefined;
      throw error;
    },
  );
  return session;
}

async function send<T>(path: string, init: RequestInit): Promise<T> {
  let answer: Response;
  try {
    answer = await fetch(path, { ...init, credentials: "same-origin" });
  } catch {
    throw new ApiError("Parley does not answer. Is it still running?", { code: "unreachable", status: 0 });
  }
  const body: unknown = await answer.json().catch(() => undefined);
  if (answer.ok) return body as T;
  const problem = (body ?? {}) as Partial<Problem>;
  throw new ApiError(problem.detail ?? problem.title ?? `The server answered ${answer.status}.`, {
    code: problem.code ?? "unknown",
    status: answer.status,
  });
}

async function ask<T>(path: string, init: RequestInit = {}): Promise<T> {
  await signIn();
  try {
    return await send<T>(path, init);
  } catch (error) {
    // The session is over, or the server was started anew.
    if (!(error instanceof ApiError) || error.status !== 401) throw error;
    session = undefined;
    await signIn();
    return await send<T>(path, init);
  }
}

export const readSystem = () => ask<SystemFacts>("/api/v1/system");

export const readCalls = (limit: number) =>
  ask<{ items: Call[]; nextCursor: string | null }>(`/api/v1/calls?limit=${limit}`);

export function startCall(channel: "web" | "text", language: string): Promise<StartedCall> {
  return ask<StartedCall>("/api/v1/calls", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ channel, language }),
  });
}

const mostPages = 20;

/** All of them: a long call's come in pages. */
export async function readCallEvents(callId: string): Promise<CallEvent[]> {
  const events: CallEvent[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < mostPages; page++) {
    const query: string = `limit=1000${cursor === null ? "" : `&cursor=${encodeURIComponent(cursor)}`}`;
    const path = `/api/v1/calls/${encodeURIComponent(callId)}/events?${query}`;
    const answer: { items: CallEvent[]; nextCursor: string | null } = await ask(path);
    events.push(...answer.items);
    cursor = answer.nextCursor;
    if (cursor === null) break;
  }
  return events;
}

/** The platform's API from its own page. Signs in to the demo by itself. */

import { listDevMail } from "@parley/contract/account";
import { resetPassword as resetPasswordRoute, verifyEmail as verifyEmailRoute } from "@parley/contract/auth";
import type { CallEvent } from "@parley/contract/call-event";
import { listCallEvents, listCalls, startCall as startCallRoute } from "@parley/contract/calls";
import { ApiProblem, createClient, type RouteAnswer, type RouteInput } from "@parley/contract/client";
import { acceptInvitation as acceptInvitationRoute } from "@parley/contract/members";
import type { RouteDefinition } from "@parley/contract/route";
import { getSystem, signInToDemo } from "@parley/contract/system";

const client = createClient();
let session: Promise<unknown> | undefined;

/** One sign-in for all requests of the page; a failed one is tried again by the next request. */
function signIn(): Promise<unknown> {
  session ??= client.ask(signInToDemo, {}).catch((error: unknown) => {
    session = undefined;
    throw error;
  });
  return session;
}

async function ask<R extends RouteDefinition>(route: R, input: RouteInput<R>): Promise<RouteAnswer<R>> {
  await signIn();
  try {
    return await client.ask(route, input);
  } catch (error) {
    // The session is over, or the server was started anew.
    if (!(error instanceof ApiProblem) || error.status !== 401) throw error;
    session = undefined;
    await signIn();
    return await client.ask(route, input);
  }
}

export type SystemFacts = RouteAnswer<typeof getSystem>;

export const readSystem = () => ask(getSystem, {});

export const readCalls = (limit: number) => ask(listCalls, { query: { limit } });

export async function startCall(channel: "web" | "text", language: string) {
  const call = await ask(startCallRoute, { body: { channel, language } });
  // A phone was not asked for.
  if (call.channel === "phone") throw new Error("The server placed a call by phone.");
  return call;
}

const mostPages = 20;

/** All of them: a long call's come in pages. */
export async function readCallEvents(callId: string): Promise<CallEvent[]> {
  const events: CallEvent[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < mostPages; page++) {
    const query = { limit: 1000, ...(cursor === undefined ? {} : { cursor }) };
    const answer: RouteAnswer<typeof listCallEvents> = await ask(listCallEvents, { params: { id: callId }, query });
    events.push(...answer.items);
    if (answer.nextCursor === null) break;
    cursor = answer.nextCursor;
  }
  return events;
}

/** Empty where mail is really sent. */
export const readDevMail = () => ask(listDevMail, {});

/** Of a mail's link: whoever holds the token may, signed in or not. */
export const verifyEmail = (token: string) => client.ask(verifyEmailRoute, { body: { token } });

export const resetPassword = (token: string, password: string) =>
  client.ask(resetPasswordRoute, { body: { token, password } });

/** Who comes with an invitation and has no account yet: asked as nobody, whoever is signed in on this page. */
export const joinAsNewPerson = (given: { token: string; name: string; password: string }) =>
  createClient({ credentials: "omit" }).ask(acceptInvitationRoute, {
    body: { ...given, timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone },
  });

/** As the person who is signed in. */
export const joinWithAccount = (token: string) => client.ask(acceptInvitationRoute, { body: { token } });

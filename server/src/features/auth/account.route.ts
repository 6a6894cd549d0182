import {
  changePassword,
  confirmTotp,
  disableTotp,
  getAccount,
  listDevMail,
  listSessions,
  resendVerification,
  revokeSession,
  startTotp,
  updateAccount,
} from "@parley/contract/account";
import type { FastifyRequest } from "fastify";
import { AppError } from "../../kernel/app-error.ts";
import type { Actor, UserPrincipal } from "../../platform/http/principal.ts";
import type { RouteMount } from "../../platform/http/route-mount.ts";
import type { AuthRouteParts } from "./auth.route.ts";
import { demoPersonId } from "./demo-person.ts";
import type { Asking } from "./profile.ts";
import type { SessionFacts } from "./sessions.ts";

type AccountRouteParts = Pick<AuthRouteParts, "auth">;

const asking = (call: { principal: UserPrincipal; actor: Actor; request: FastifyRequest }): Asking => ({
  principal: call.principal,
  actor: call.actor,
  address: call.request.ip,
});
const done = { done: true as const };

export function mountAccountRoutes(mount: RouteMount, parts: AccountRouteParts): void {
  mountProfile(mount, parts);
  mountSecondFactor(mount, parts);
  mountSessions(mount, parts);
  mountDevMail(mount, parts);
}

function mountProfile(mount: RouteMount, parts: AccountRouteParts): void {
  const { auth } = parts;
  mount(getAccount, async ({ principal }) => await auth.readAccount(principal));
  mount(updateAccount, async (call) => {
    await auth.changeProfile(asking(call), call.body);
    return await auth.readAccount(call.principal);
  });
  mount(changePassword, async (call) => {
    await auth.changePassword(asking(call), call.body);
    return done;
  });
  mount(resendVerification, async (call) => {
    await auth.resendVerification(asking(call));
    return done;
  });
}

function mountSecondFactor(mount: RouteMount, parts: AccountRouteParts): void {
  const { auth } = parts;
  mount(startTotp, async (call) => {
    return await auth.startSecondFactor(asking(call), call.body.currentPassword);
  });
  mount(confirmTotp, async (call) => {
    return { recoveryCodes: await auth.confirmSecondFactor(asking(call), call.body.code) };
  });
  mount(disableTotp, async (call) => {
    await auth.disableSecondFactor(asking(call), call.body);
    return done;
  });
}

function mountSessions(mount: RouteMount, { auth }: AccountRouteParts): void {
  mount(listSessions, async ({ principal }) => {
    const facts = await auth.listSessions(principal.userId);
    return { items: facts.map((each) => toSession(each, principal.sessionId)) };
  });
  mount(revokeSession, async (call) => {
    if (await auth.endOwnSession(asking(call), call.params.id)) return done;
    throw new AppError("not_found", { publicMessage: "You have no such session." });
  });
}

const iso = (ms: number) => new Date(ms).toISOString();

const toSession = (facts: SessionFacts, currentId: string) => ({
  id: facts.id,
  userAgent: facts.userAgent ?? null,
  address: facts.address ?? null,
  createdAt: iso(facts.createdAtMs),
  lastUsedAt: iso(facts.lastUsedAtMs),
  expiresAt: iso(facts.expiresAtMs),
  isCurrent: facts.id === currentId,
});

function mountDevMail(mount: RouteMount, { auth }: AccountRouteParts): void {
  mount(listDevMail, async ({ principal }) => {
    const mayRead = principal.userId === demoPersonId || principal.isInstallationAdmin;
    if (!auth.isEmbedded || !mayRead) throw new AppError("not_found", { publicMessage: "There is no mail here." });
    const items = auth.keptMail().map(({ id, atMs, to, subject, text, link }) => {
      return { id, at: iso(atMs), to, subject, text, link: link ?? null };
    });
    return { items };
  });
}

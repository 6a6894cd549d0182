import {
  acceptInvitation as acceptRoute,
  createInvitation,
  listInvitations,
  listMembers,
  removeMember,
  resendInvitation,
  revokeInvitation,
  updateMember,
} from "@parley/contract/members";
import type { RouteMount } from "../../platform/http/route-mount.ts";
import { requireMayGive, roleOf } from "./member-parts.ts";
import type { Membership } from "./membership.ts";

const done = { done: true as const };

export function mountMemberRoutes(mount: RouteMount, { membership }: { membership: Membership }): void {
  mount(listMembers, ({ orgId, query }) => membership.members.list(orgId, query));
  mount(updateMember, async ({ orgId, actor, principal, params, body }) => {
    const asked = { orgId, actor, role: roleOf(principal) };
    requireMayGive(principal, body.role);
    await membership.members.changeRole({ ...asked, userId: params.id, wanted: body.role });
    return done;
  });
  mount(removeMember, async ({ orgId, actor, principal, params }) => {
    await membership.members.remove({ orgId, actor, role: roleOf(principal), userId: params.id });
    return done;
  });
  mountInvitationRoutes(mount, membership);
}

function mountInvitationRoutes(mount: RouteMount, { invitations, accept }: Membership): void {
  mount(listInvitations, ({ orgId, query }) => invitations.list(orgId, query));
  mount(createInvitation, ({ orgId, actor, principal, body }) => {
    requireMayGive(principal, body.role);
    return invitations.create({ orgId, actor, role: roleOf(principal), wish: body });
  });
  mount(resendInvitation, ({ orgId, actor, principal, params }) =>
    invitations.resend({ orgId, actor, role: roleOf(principal), invitationId: params.id }),
  );
  mount(revokeInvitation, async ({ orgId, actor, principal, params }) => {
    await invitations.revoke({ orgId, actor, role: roleOf(principal), invitationId: params.id });
    return done;
  });
  mount(acceptRoute, ({ principal, body }) => accept({ principal, acceptance: body }));
}

import type { Invitation } from "@parley/contract/members";
import type { OrgTx } from "../../platform/db/org-db.ts";
import type { Actor, Principal } from "../../platform/http/principal.ts";
import { type Acceptance, acceptInvitation } from "./accept-invitation.ts";
import { createInvitations, type Invitations, type InvitationWish, invite } from "./invitations.ts";
import type { MemberParts } from "./member-parts.ts";
import { createMembers, type Members } from "./members.ts";

export interface Membership {
  readonly members: Members;
  readonly invitations: Invitations;
  accept(given: { principal: Principal | undefined; acceptance: Acceptance }): ReturnType<typeof acceptInvitation>;
  /** The first owner of an organisation that the installation's administrator made. */
  inviteOwner(
    tx: OrgTx,
    about: { orgId: string; actor: Actor; wish: Omit<InvitationWish, "role"> },
  ): Promise<Invitation>;
}

export function createMembership(parts: MemberParts): Membership {
  return {
    members: createMembers(parts),
    invitations: createInvitations(parts),
    accept: (given) => acceptInvitation(parts, given),
    inviteOwner: (tx, { orgId, actor, wish }) =>
      invite(parts, tx, { orgId, actor, wish: { ...wish, role: "owner" }, memberId: undefined }),
  };
}

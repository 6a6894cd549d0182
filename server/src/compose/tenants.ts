/** Organisations and what belongs to them: settings, members, keys, and the installation's administration of them all. */
import { type ApiKeys, createApiKeys } from "../features/api-keys/index.ts";
import type { AuditLog } from "../features/audit/index.ts";
import { prepareInvitedAccount } from "../features/auth/index.ts";
import { createInstallation, type Installation } from "../features/installation/index.ts";
import { createMembership, type Membership, type PeopleOfMembers } from "../features/members/index.ts";
import {
  type CallAdmissions,
  createCallAdmissions,
  createOrganizationSettings,
  createStandings,
  type OrganizationSettings,
  type Standings,
} from "../features/organizations/index.ts";
import type { Clock } from "../kernel/clock.ts";
import type { People } from "./people.ts";
import type { Stores } from "./stores.ts";

export interface Tenants {
  readonly standings: Standings;
  readonly callAdmissions: CallAdmissions;
  readonly organizationSettings: OrganizationSettings;
  readonly apiKeys: ApiKeys;
  readonly membership: Membership;
  readonly installation: Installation;
}

export interface TenantParts extends Pick<People, "auth" | "mailer"> {
  readonly audit: AuditLog;
  readonly clock: Clock;
  readonly origin: () => string;
  readonly onOrganizationErased?: (orgId: string) => Promise<void>;
}

export function openTenants(
  { db, masterKey, organizations }: Pick<Stores, "db" | "masterKey" | "organizations">,
  { audit, auth, clock, mailer, onOrganizationErased, origin }: TenantParts,
): Tenants {
  const standings = createStandings({ db, clock });
  const apiKeys = createApiKeys({ db, clock, audit });
  const common = { db, clock, audit, organizations, standings };
  const people: PeopleOfMembers = {
    ...auth.people,
    prepareAccount: (person) => prepareInvitedAccount({ people: auth.people, clock }, person),
  };
  const membership = createMembership({
    ...common,
    ...{ masterKey, mailer, people, origin },
    narrowKeys: (tx, userId, permissions) => apiKeys.narrowOfMaker(tx, userId, permissions),
  });
  return {
    ...{ standings, apiKeys, membership },
    callAdmissions: createCallAdmissions(common),
    organizationSettings: createOrganizationSettings({
      ...common,
      ...(onOrganizationErased === undefined ? {} : { onErased: onOrganizationErased }),
    }),
    installation: createInstallation({ ...common, inviteOwner: (tx, about) => membership.inviteOwner(tx, about) }),
  };
}

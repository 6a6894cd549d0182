import { changeMessage, getMessage, listMessages } from "@parley/contract/messages";
import type { Clock } from "../../kernel/clock.ts";
import type { OrgDb } from "../../platform/db/org-db.ts";
import type { RouteMount } from "../../platform/http/route-mount.ts";
import { type AuditLog, createReadingLog } from "../audit/index.ts";
import { type Messages, noSuchMessage } from "./messages.store.ts";

export interface MessageRouteParts {
  readonly messages: Messages;
  readonly db: OrgDb;
  readonly audit: AuditLog;
  readonly clock: Clock;
}

/** Whoever reads callers' words is on record, in a list too. */
export function mountMessageRoutes(mount: RouteMount, parts: MessageRouteParts): void {
  const { messages, db, audit } = parts;
  const readings = createReadingLog(parts);
  mount(listMessages, async ({ orgId, actor, query }) => {
    const page = await db.withOrg(orgId, (tx) => messages.list(tx, orgId, query));
    if (page.items.length > 0) await readings.note({ orgId, actor, action: "messages.list", subject: orgId });
    return page;
  });
  mount(getMessage, async ({ orgId, actor, params: { id } }) => {
    const found = await db.withOrg(orgId, (tx) => messages.find(tx, { orgId, id }));
    if (found === undefined) throw noSuchMessage();
    await readings.note({ orgId, actor, action: "messages.get", subject: id });
    return found;
  });
  mount(changeMessage, ({ orgId, actor, params: { id }, body: { status } }) =>
    db.withOrg(orgId, async (tx) => {
      const changed = await messages.setDone(tx, { orgId, id, doneBy: status === "done" ? actor.id : null });
      await audit.append(tx, { orgId, actor, action: "messages.change", subject: id, facts: { status } });
      return changed;
    }),
  );
}

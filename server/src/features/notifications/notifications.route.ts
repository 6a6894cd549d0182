import { getNotificationSettings, listNotifications, setNotificationSettings } from "@parley/contract/notifications";
import type { RouteMount } from "../../platform/http/route-mount.ts";
import type { Notifications } from "./notifications.ts";

export function mountNotificationRoutes(mount: RouteMount, { notifications }: { notifications: Notifications }): void {
  mount(getNotificationSettings, ({ orgId }) => notifications.settings(orgId));
  mount(setNotificationSettings, ({ orgId, actor, body }) => notifications.setSettings({ orgId, actor }, body));
  mount(listNotifications, ({ orgId, query }) => notifications.list(orgId, query));
}

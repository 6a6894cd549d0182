import { changeCalendar, createCalendar, deleteCalendar, getCalendar, listCalendars } from "@parley/contract/calendars";
import type { RouteMount } from "../../platform/http/route-mount.ts";
import type { Calendars } from "./calendars.ts";

export function mountCalendarRoutes(mount: RouteMount, { calendars }: { calendars: Calendars }): void {
  mount(listCalendars, ({ orgId, query }) => calendars.list(orgId, query));
  mount(createCalendar, ({ orgId, actor, body }) => calendars.create({ orgId, actor }, body));
  mount(getCalendar, ({ orgId, params }) => calendars.get({ orgId, calendarId: params.id }));
  mount(changeCalendar, ({ orgId, actor, params, body }) =>
    calendars.change({ orgId, actor, calendarId: params.id }, body),
  );
  mount(deleteCalendar, async ({ orgId, actor, params }) => {
    await calendars.remove({ orgId, actor, calendarId: params.id });
    return null;
  });
}

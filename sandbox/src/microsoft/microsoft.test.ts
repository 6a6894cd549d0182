import { Client, HTTPMessageHandler } from "@microsoft/microsoft-graph-client";
import { expect, test } from "vitest";
import { startMicrosoft } from "./start-microsoft.ts";

test("Microsoft's own client drives it: events, transactions, etags, pages, deltas", async () => {
  const microsoft = await startMicrosoft({ pageSize: 2 });
  try {
    const token = microsoft.accounts.issueTokens(["Calendars.ReadWrite"]);
    // The client gives its token to https alone: here it is a header like any other.
    const client = Client.initWithMiddleware({
      ...{ baseUrl: microsoft.url, middleware: new HTTPMessageHandler() },
      fetchOptions: { headers: { authorization: `Bearer ${token}` } },
    });
    // Its client knows links to https as whole addresses, others not.
    const below = (link: unknown) => String(link).replace(`${microsoft.url}/v1.0`, "");
    const events = "/me/calendars/AQMkDefault/events";
    const at = (hour: number) => ({ dateTime: `2026-11-21T${hour}:00:00`, timeZone: "UTC" });
    const wish = { subject: "One", start: at(10), end: at(11), transactionId: "t-1" };
    const made = (await client.api(events).post(wish)) as { id: string; "@odata.etag": string };
    expect(made.id).toMatch(/^AAMk/);
    for (const status of [400, 409] as const) {
      microsoft.events.setDuplicates(status, true);
      await expect(client.api(events).post(wish)).rejects.toMatchObject({
        ...{ statusCode: status, code: "ErrorDuplicateTransactionId" },
      });
    }
    const window = { startDateTime: "2026-11-21T00:00:00Z", endDateTime: "2026-11-22T00:00:00Z" };
    const view = "/me/calendars/AQMkDefault/calendarView";
    for (const hour of [12, 13]) await client.api(events).post({ start: at(hour), end: at(14) });
    const first = (await client.api(view).query(window).get()) as Record<string, unknown>;
    expect(first["value"]).toHaveLength(2);
    const second = (await client.api(below(first["@odata.nextLink"])).get()) as Record<string, unknown>;
    expect(second["value"]).toHaveLength(1);
    let page = (await client.api(`${view}/delta`).query(window).get()) as Record<string, unknown>;
    while (page["@odata.nextLink"])
      page = (await client.api(below(page["@odata.nextLink"])).get()) as Record<string, unknown>;
    const event = client.api(`/me/events/${made.id}`);
    await expect(
      client.api(`/me/events/${made.id}`).header("if-match", 'W/"0"').patch({ subject: "x" }),
    ).rejects.toMatchObject({
      statusCode: 412,
    });
    await event.delete();
    const changes = (await client.api(below(page["@odata.deltaLink"])).get()) as { value: unknown[] };
    expect(changes.value).toMatchObject([{ id: made.id, "@removed": { reason: "deleted" } }]);
    await expect(client.api(`/me/events/${made.id}`).get()).rejects.toMatchObject({ statusCode: 404 });
    microsoft.setFaults([{ when: "before", how: 429, retryAfterSeconds: 7, times: 9 }]);
    const throttled = await fetch(`${microsoft.url}/v1.0/me/calendars`, {
      headers: { authorization: `Bearer ${token}` },
    });
    expect(throttled.status).toBe(429);
    expect(throttled.headers.get("retry-after")).toBe("7");
  } finally {
    await microsoft.close();
  }
});

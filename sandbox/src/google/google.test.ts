import { createHash } from "node:crypto";
import { calendar } from "@googleapis/calendar";
import { expect, test } from "vitest";
import { startGoogle } from "./start-google.ts";

const scope = "https://www.googleapis.com/auth/calendar.events";

test("Google's own client drives it: events, their ids, etags, what changed", async () => {
  const google = await startGoogle({ pageSize: 2 });
  try {
    const token = google.accounts.issueTokens([scope]);
    const client = calendar({
      version: "v3",
      rootUrl: `${google.url}/`,
      headers: { authorization: `Bearer ${token}` },
    });
    const at = (hour: number) => ({ dateTime: `2026-11-21T${hour}:00:00Z` });
    const calendarId = "owner@example.com";
    const made = await client.events.insert({
      calendarId,
      requestBody: { id: "abc01", summary: "One", start: at(10), end: at(11) },
    });
    expect(made.data).toMatchObject({ id: "abc01", status: "confirmed" });
    const again = { calendarId, requestBody: { id: "abc01", start: at(10), end: at(11) } };
    await expect(client.events.insert(again)).rejects.toMatchObject({ status: 409 });
    await expect(
      client.events.insert({ calendarId, requestBody: { id: "XYZ!!", start: at(10), end: at(11) } }),
    ).rejects.toMatchObject({ status: 400 });
    for (const hour of [12, 14])
      await client.events.insert({ calendarId, requestBody: { start: at(hour), end: at(15) } });
    const first = await client.events.list({ calendarId });
    expect(first.data.items).toHaveLength(2);
    const rest = await client.events.list({ calendarId, pageToken: first.data.nextPageToken ?? "" });
    const syncToken = rest.data.nextSyncToken ?? "";
    expect(syncToken).not.toBe("");
    const stale = { headers: { "if-match": '"stale"' } };
    await expect(
      client.events.patch({ calendarId, eventId: "abc01", requestBody: { summary: "Two" } }, stale),
    ).rejects.toMatchObject({ status: 412 });
    await client.events.delete({ calendarId, eventId: "abc01" });
    await expect(client.events.delete({ calendarId, eventId: "abc01" })).rejects.toMatchObject({ status: 410 });
    const changes = await client.events.list({ calendarId, syncToken });
    expect(changes.data.items).toMatchObject([{ id: "abc01", status: "cancelled" }]);
    google.calendars.forgetSyncTokens();
    await expect(client.events.list({ calendarId, syncToken })).rejects.toMatchObject({ status: 410 });
    const { data } = await client.freebusy.query({
      requestBody: {
        timeMin: "2026-11-21T00:00:00Z",
        timeMax: "2026-11-22T00:00:00Z",
        items: [{ id: calendarId }, { id: "no" }],
      },
    });
    expect(data.calendars?.[calendarId]?.busy).toHaveLength(2);
    expect(data.calendars?.["no"]?.errors).toMatchObject([{ reason: "notFound" }]);
  } finally {
    await google.close();
  }
});

test("a code is good once and for whoever has its verifier; what is revoked is refused in Google's words", async () => {
  const google = await startGoogle();
  try {
    const verifier = "v".repeat(43);
    const redirect = "http://localhost/back";
    const query = new URLSearchParams({
      ...{ client_id: "google-client", redirect_uri: redirect, response_type: "code", scope, state: "s" },
      code_challenge: createHash("sha256").update(verifier).digest("base64url"),
      code_challenge_method: "S256",
    });
    const ask = async (form: Record<string, string>) => {
      const body = new URLSearchParams({ client_id: "google-client", client_secret: "google-secret", ...form });
      const response = await fetch(`${google.url}/token`, { method: "POST", body });
      return { status: response.status, body: (await response.json()) as Record<string, string> };
    };
    const codeOf = async () => {
      const response = await fetch(`${google.url}/o/oauth2/v2/auth?${query.toString()}`, { redirect: "manual" });
      return new URL(response.headers.get("location") ?? "").searchParams.get("code") ?? "";
    };
    const grant = { grant_type: "authorization_code", redirect_uri: redirect };
    expect(await ask({ ...grant, code: await codeOf(), code_verifier: "wrong" })).toMatchObject({ status: 400 });
    const code = await codeOf();
    const { body } = await ask({ ...grant, code, code_verifier: verifier });
    expect(body["refresh_token"]).toMatch(/^1\/\//);
    expect(await ask({ ...grant, code, code_verifier: verifier })).toMatchObject({ body: { error: "invalid_grant" } });
    const refresh = { grant_type: "refresh_token", refresh_token: body["refresh_token"] ?? "" };
    const refreshed = await ask(refresh);
    expect(refreshed.body).not.toHaveProperty("refresh_token");
    google.accounts.revokeAll();
    expect(await ask(refresh)).toMatchObject({ status: 400, body: { error: "invalid_grant" } });
  } finally {
    await google.close();
  }
});

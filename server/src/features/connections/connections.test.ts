import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { carrierFailure } from "../../testing/scripted-carrier.ts";
import { accountOfA, by, openTelephonyDesk } from "../../testing/telephony-desk.ts";

const key = "sk-a-key-of-theirs";

describe("a connection", () => {
  test("is asked before it is kept, and its secret never comes out", async () => {
    await using desk = await openTelephonyDesk();
    desk.vendor.probe = async () => {
      throw carrierFailure(`${key} is no key of ours`, "auth");
    };
    const wish = { vendor: "openai", apiKey: key } as const;
    const failure = await desk.connections.create(wish, by("org_a")).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: "bad_request", publicMessage: expect.stringContaining("… is no key") });
    expect(JSON.stringify(failure)).not.toContain(key);
    expect((await desk.connections.list("org_a", { limit: 10 })).items).toEqual([]);
    desk.vendor.probe = async () => {};
    const made = await desk.connections.create(wish, by("org_a"));
    expect(made).toMatchObject({ status: "connected", lastFour: "eirs" });
    expect(JSON.stringify(made)).not.toContain(key);
    await expect(desk.connections.create(wish, by("org_a"))).rejects.toMatchObject({ code: "conflict" });
    await expect(desk.connections.get({ orgId: "org_b", id: made.id })).rejects.toMatchObject({ code: "not_found" });
    const { rows } = await desk.database.asAdmin("select encode(sealed_secrets, 'escape') as kept from connections");
    expect(String(rows[0]?.["kept"])).not.toContain(key);
  });

  test("with a password tells neither its end nor a hash that guesses could be tried on", async () => {
    await using desk = await openTelephonyDesk();
    const account = { vendor: "caldav", serverUrl: "https://dav.example.com", username: "ada" } as const;
    const made = await desk.connections.create({ ...account, password: "rosebud" }, by("org_a"));
    expect(JSON.stringify(made)).not.toContain("bud");
    const guess = createHash("sha256").update("org_a\0").update("rosebud").digest("hex").slice(0, 12);
    expect(made).toMatchObject({ lastFour: "", fingerprint: expect.not.stringContaining(guess) });
    const again = await desk.connections.get({ orgId: "org_a", id: made.id });
    expect(again.fingerprint).toBe(made.fingerprint);
  });

  test("serves its own organisation only", async () => {
    await using desk = await openTelephonyDesk();
    await desk.connections.create({ vendor: "openai", apiKey: key }, by("org_a"));
    const credentials = (orgId: string) =>
      desk.db.withOrg(orgId, (tx) => desk.connections.credentialsFor(tx, orgId, "openai"));
    expect(await credentials("org_a")).toEqual({ apiKey: key });
    expect(await credentials("org_b")).toBeUndefined();
  });

  test("gets new secrets: those before are no more, and refused ones change nothing", async () => {
    await using desk = await openTelephonyDesk();
    const id = await desk.connect("org_a", accountOfA, "the-first-token");
    const before = await desk.connections.get({ orgId: "org_a", id });
    desk.vendor.probe = async () => {
      throw carrierFailure("wrong", "auth");
    };
    await expect(desk.connections.rotate(id, { authToken: "a-wrong-token" }, by("org_a"))).rejects.toMatchObject({
      code: "bad_request",
    });
    expect(await desk.connections.carrierAccounts(accountOfA)).toMatchObject([{ authToken: "the-first-token" }]);
    desk.vendor.probe = async () => {};
    const after = await desk.connections.rotate(id, { authToken: "the-second-token" }, by("org_a"));
    expect(after.fingerprint).not.toBe(before.fingerprint);
    expect(await desk.connections.carrierAccounts(accountOfA)).toMatchObject([{ authToken: "the-second-token" }]);
    await expect(desk.connections.rotate(id, { apiKey: "sk-of-another-kind" }, by("org_a"))).rejects.toThrow(
      "authToken",
    );
    await expect(desk.connections.rotate(id, { authToken: "a-third-token" }, by("org_b"))).rejects.toMatchObject({
      code: "not_found",
    });
  });

  test("that stops holding says so with the vendor's words, and so does one that holds again", async () => {
    await using desk = await openTelephonyDesk();
    const id = await desk.connect("org_a", accountOfA);
    desk.vendor.probe = async () => {
      throw carrierFailure("20003: Authenticate", "auth");
    };
    expect(await desk.connections.check(id, by("org_a"))).toMatchObject({
      ...{ status: "failed", problem: "20003: Authenticate" },
    });
    desk.vendor.probe = async () => {};
    expect(await desk.connections.check(id, by("org_a"))).toMatchObject({ status: "connected", problem: null });
    expect(await desk.auditOf("org_a")).toEqual(["connections.create", "connections.check", "connections.check"]);
  });

  test("that changed while it was checked keeps its new secrets", async () => {
    await using desk = await openTelephonyDesk();
    const id = await desk.connect("org_a", accountOfA, "the-first-token");
    let asked = 0;
    desk.vendor.probe = async () => {
      if (asked++ === 0) await desk.connections.rotate(id, { authToken: "the-second-token" }, by("org_a"));
    };
    await expect(desk.connections.check(id, by("org_a"))).rejects.toMatchObject({ code: "conflict" });
    expect(await desk.connections.carrierAccounts(accountOfA)).toMatchObject([{ authToken: "the-second-token" }]);
  });

  test("with numbers on it is not deleted", async () => {
    await using desk = await openTelephonyDesk();
    const connectionId = await desk.connect("org_a", accountOfA);
    const { id } = await desk.numbers.claim({ connectionId, sid: "PN1", routing: null }, by("org_a"));
    await expect(desk.connections.remove(connectionId, by("org_a"))).rejects.toMatchObject({ code: "conflict" });
    await desk.numbers.release(id, by("org_a"));
    await desk.connections.remove(connectionId, by("org_a"));
    expect(await desk.connections.carrierAccountOf(connectionId)).toBeUndefined();
  });
});

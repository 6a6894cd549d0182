import { Client } from "@hubspot/api-client";
import { FilterOperatorEnum } from "@hubspot/api-client/lib/codegen/crm/contacts/models/Filter.js";
import { afterEach, expect, test } from "vitest";
import { type HubSpotStandIn, startHubSpot } from "./start-hubspot.ts";

const running: HubSpotStandIn[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((desk) => desk.close()));
});

async function open() {
  const desk = await startHubSpot({ accessToken: "pat-right" });
  running.push(desk);
  const clientOf = (accessToken: string) => new Client({ accessToken, basePath: desk.url, numberOfApiCallRetries: 0 });
  return { desk, contacts: clientOf("pat-right").crm.contacts, stranger: clientOf("pat-wrong").crm.contacts };
}

const byPhone = (value: string) => ({
  filterGroups: [{ filters: [{ propertyName: "phone", operator: FilterOperatorEnum.Eq, value }] }],
  properties: ["email"],
  limit: 10,
});

test("HubSpot's own SDK creates, finds, changes and upserts contacts", async () => {
  const { desk, contacts } = await open();
  const made = await contacts.basicApi.create({ properties: { firstname: "Ali", phone: "+971501234567" } });
  expect((await contacts.searchApi.doSearch(byPhone("+971501234567"))).results[0]?.id).toBe(made.id);
  await contacts.basicApi.update(made.id, { properties: { email: "ali@example.com" } });
  const again = await contacts.batchApi.upsert({
    inputs: [{ id: "ali@example.com", idProperty: "email", properties: { lastname: "Hassan" } }],
  });
  expect(again.results[0]).toMatchObject({ id: made.id, _new: false });
  expect(desk.contacts()).toMatchObject([
    { properties: { firstname: "Ali", lastname: "Hassan", email: "ali@example.com" } },
  ]);
});

test("it refuses what HubSpot refuses, and its index may be late", async () => {
  const { desk, contacts, stranger } = await open();
  const statusOf = (asked: Promise<unknown>) =>
    asked.then(
      () => 200,
      (error: { code?: number }) => error.code,
    );
  await contacts.basicApi.create({ properties: { email: "ali@example.com" } });
  const twin = contacts.basicApi.create({ properties: { email: "Ali@example.com" } });
  await expect(twin).rejects.toMatchObject({
    code: 409,
    body: { message: "Contact already exists. Existing ID: 512" },
  });
  expect(await statusOf(stranger.basicApi.getById("512"))).toBe(401);
  expect(await statusOf(contacts.basicApi.create({ properties: { phone: "1" } }))).toBe(400);
  expect(await statusOf(contacts.basicApi.create({ properties: { firstname: "A", shoe: "42" } }))).toBe(400);
  expect(await statusOf(contacts.basicApi.update("999", { properties: {} }))).toBe(404);
  desk.setIndexed(false);
  await contacts.basicApi.create({ properties: { firstname: "Mona", phone: "+20100" } });
  expect((await contacts.searchApi.doSearch(byPhone("+20100"))).total).toBe(0);
  desk.setIndexed(true);
  expect((await contacts.searchApi.doSearch(byPhone("+20100"))).total).toBe(1);
});

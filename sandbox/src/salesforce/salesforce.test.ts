import jsforce from "jsforce";
import { afterEach, expect, test } from "vitest";
import { type SalesforceOptions, type SalesforceStandIn, startSalesforce } from "./start-salesforce.ts";

const running: SalesforceStandIn[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((desk) => desk.close()));
});

async function open(options: SalesforceOptions = {}) {
  const desk = await startSalesforce({ externalIds: ["Phone_Key__c"], ...options });
  running.push(desk);
  const clientOf = async (clientSecret: string) => {
    const connection = new jsforce.Connection({
      version: "67.0",
      oauth2: { loginUrl: desk.url, clientId: "consumer-key", clientSecret },
    });
    await connection.authorize({ grant_type: "client_credentials" });
    return connection;
  };
  return { desk, clientOf };
}

const codeOf = (asked: Promise<unknown>) =>
  asked.then(
    () => "none",
    (error: { errorCode?: string; name?: string }) => error.errorCode ?? error.name,
  );

test("jsforce signs in, creates, asks, changes and upserts contacts", async () => {
  const { desk, clientOf } = await open();
  const connection = await clientOf("consumer-secret");
  const made = await connection.sobject("Contact").create({ LastName: "O'Neil", Phone: "+20100" });
  expect(made).toMatchObject({ success: true });
  const found = await connection.query<{ Id: string }>(
    "SELECT Id FROM Contact WHERE LastName = 'O\\'Neil' AND Phone = '+20100'",
  );
  expect(found.records[0]?.Id).toBe(made.id);
  await connection.sobject("Contact").update({ Id: made.id ?? "", Email: "o@example.com" });
  const first = await connection.sobject("Contact").upsert({ Phone_Key__c: "k1", LastName: "Adel" }, "Phone_Key__c");
  const second = await connection.sobject("Contact").upsert({ Phone_Key__c: "k1", FirstName: "Mona" }, "Phone_Key__c");
  expect(second.id).toBe(first.id);
  expect(desk.contacts()).toMatchObject([
    { LastName: "O'Neil", Email: "o@example.com" },
    { LastName: "Adel", FirstName: "Mona" },
  ]);
});

test("it refuses what Salesforce refuses, by its codes", async () => {
  const { desk, clientOf } = await open({
    blocksDuplicates: true,
    contacts: [{ LastName: "Adel", FirstName: "Mona" }],
  });
  expect(await codeOf(clientOf("wrong"))).toBe("invalid_client");
  const connection = await clientOf("consumer-secret");
  const contact = connection.sobject("Contact");
  expect(await codeOf(contact.create({ FirstName: "X" }))).toBe("REQUIRED_FIELD_MISSING");
  expect(await codeOf(contact.create({ LastName: "X", Shoe__c: "42" }))).toBe("INVALID_FIELD");
  expect(await codeOf(contact.create({ LastName: "Adel", FirstName: "Mona" }))).toBe("DUPLICATES_DETECTED");
  const headers = { "Sforce-Duplicate-Rule-Header": "allowSave=true" };
  expect(await codeOf(contact.create({ LastName: "Adel", FirstName: "Mona" }, { headers }))).toBe("none");
  desk.expireSessions();
  const authorized = { authorization: `Bearer ${connection.accessToken ?? ""}` };
  const expired = await fetch(`${desk.url}/services/data/v67.0/limits`, { headers: authorized });
  expect([expired.status, await expired.json()]).toMatchObject([401, [{ errorCode: "INVALID_SESSION_ID" }]]);
});

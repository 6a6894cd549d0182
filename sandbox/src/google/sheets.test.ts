import { sheets } from "@googleapis/sheets";
import { afterEach, expect, test } from "vitest";
import { type SheetsStandIn, startSheets } from "./start-sheets.ts";

const running: SheetsStandIn[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((desk) => desk.close()));
});

async function open() {
  const desk = await startSheets({
    accessToken: "ya29.right",
    spreadsheets: {
      s1: {
        "Price list": [
          ["Name", "Phone"],
          ["Ali", "+97150"],
        ],
      },
    },
  });
  running.push(desk);
  const clientOf = (token: string) =>
    sheets({ version: "v4", rootUrl: `${desk.url}/`, headers: { authorization: `Bearer ${token}` }, retry: false })
      .spreadsheets;
  return { desk, values: clientOf("ya29.right").values, stranger: clientOf("invalid").values };
}

test("Google's own SDK reads, appends and updates; raw text never becomes a formula", async () => {
  const { desk, values } = await open();
  const spreadsheetId = "s1";
  const appended = await values.append({
    ...{ spreadsheetId, range: "'Price list'!A1", valueInputOption: "RAW", insertDataOption: "INSERT_ROWS" },
    requestBody: { values: [["=1+1", "+20100"]] },
  });
  expect(appended.data).toMatchObject({
    tableRange: "'Price list'!A1:B2",
    updates: { updatedRange: "'Price list'!A3:B3", updatedRows: 1 },
  });
  await values.update({
    ...{ spreadsheetId, range: "'Price list'!A2:B2", valueInputOption: "RAW" },
    requestBody: { values: [[null, "+97151"]] },
  });
  const read = await values.get({ spreadsheetId, range: "'Price list'!B:B" });
  expect(read.data.values).toEqual([["Phone"], ["+97151"], ["+20100"]]);
  const entered = { spreadsheetId, range: "Price list!A2", valueInputOption: "USER_ENTERED" };
  await values.update({ ...entered, requestBody: { values: [["=1+1"]] } });
  expect(desk.rows("s1", "Price list")).toEqual([
    ["Name", "Phone"],
    ["#FORMULA", "+97151"],
    ["=1+1", "+20100"],
  ]);
});

test("it refuses what Google refuses", async () => {
  const { desk, values, stranger } = await open();
  const statusOf = (asked: Promise<unknown>) =>
    asked.then(
      () => 200,
      (error: { status?: number }) => error.status,
    );
  expect(await statusOf(stranger.get({ spreadsheetId: "s1", range: "A1" }))).toBe(401);
  expect(await statusOf(values.get({ spreadsheetId: "s2", range: "A1" }))).toBe(404);
  expect(await statusOf(values.get({ spreadsheetId: "s1", range: "Other!A1" }))).toBe(400);
  desk.setFaults({ refuseStatus: 429, faultyRequests: 1 });
  expect(await statusOf(values.get({ spreadsheetId: "s1", range: "A1" }))).toBe(429);
});

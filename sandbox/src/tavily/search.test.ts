import { tavily } from "@tavily/core";
import { afterEach, expect, test } from "vitest";
import { startBrave } from "../brave/start-brave.ts";
import type { RestDesk } from "../control/rest-desk.ts";
import { startSearxng } from "../searxng/start-searxng.ts";
import { startTavily } from "./start-tavily.ts";

const running: RestDesk[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((desk) => desk.close()));
});
async function open(starting: Promise<RestDesk>): Promise<RestDesk> {
  const desk = await starting;
  running.push(desk);
  return desk;
}

test("Tavily's own SDK searches, is refused a wrong key, and meets the limits", async () => {
  const desk = await open(startTavily({ apiKey: "tvly-right" }));
  const search = (apiKey: string, query = "parking") =>
    tavily({ apiKey, apiBaseURL: desk.url }).search(query, { maxResults: 2, searchDepth: "basic" });
  const found = await search("tvly-right");
  expect(found.results).toHaveLength(2);
  expect(found.results[0]).toMatchObject({ title: "Parking near City Hall", url: "https://example.com/parking" });
  await expect(search("tvly-wrong")).rejects.toThrow(/Unauthorized/);
  desk.setFaults({ refuseStatus: 429, faultyRequests: 1 });
  await expect(search("tvly-right")).rejects.toThrow();
  expect((await search("tvly-right", "nothing")).results).toEqual([]);
});

test("Brave wants its header, a short query and a right country", async () => {
  const desk = await open(startBrave({ apiKey: "BSA-right" }));
  const ask = async (query: string, key = "BSA-right") => {
    const headers = { "x-subscription-token": key, accept: "application/json", "accept-encoding": "gzip" };
    const response = await fetch(`${desk.url}/res/v1/web/search?${query}`, { headers });
    return { status: response.status, body: (await response.json()) as { web?: { results: unknown[] } } };
  };
  expect((await ask("q=parking&count=2")).body.web?.results).toHaveLength(2);
  expect((await ask("q=nothing")).body.web).toBeUndefined();
  expect((await ask("q=parking", "BSA-wrong")).status).toBe(422);
  expect((await ask("q=parking&country=egypt")).status).toBe(422);
});

test("SearXNG answers JSON only where its owner allowed it", async () => {
  const open1 = await open(startSearxng());
  const closed = await open(startSearxng({ formats: ["html"] }));
  const ask = (desk: RestDesk) => fetch(`${desk.url}/search?q=parking&format=json`);
  expect((await ask(closed)).status).toBe(403);
  expect(await (await ask(open1)).json()).toMatchObject({ results: [{ title: "Parking near City Hall" }, {}, {}] });
});

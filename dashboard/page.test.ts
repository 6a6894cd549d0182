/** The page in a real browser, against the real platform: a typed conversation and a voice call whose sound is measured. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type RunningPlatform, startPlatform, waitUntil } from "../server/src/testing/running-platform.ts";

const withoutChromium = process.env["PARLEY_MISSING"]?.includes("chromium") ?? false;
const executablePath = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);

/** Three seconds of a voice-like buzz between silences: what the fake microphone hears, over and over. */
function microphoneWav(): Buffer {
  const rateHz = 48_000;
  const samples = rateHz * 8;
  const data = Buffer.alloc(44 + samples * 2);
  data.write("RIFF", 0);
  data.writeUInt32LE(36 + samples * 2, 4);
  data.write("WAVEfmt ", 8);
  for (const [offset, value] of [
    [16, 16],
    [24, rateHz],
    [28, rateHz * 2],
    [40, samples * 2],
  ] as const)
    data.writeUInt32LE(value, offset);
  for (const [offset, value] of [
    [20, 1],
    [22, 1],
    [32, 2],
    [34, 16],
  ] as const)
    data.writeUInt16LE(value, offset);
  data.write("data", 36);
  for (let index = 0; index < samples; index++) {
    const seconds = index / rateHz;
    const voiced = seconds > 5;
    const buzz = [1, 2, 3, 4, 5].reduce(
      (sum, harmonic) => sum + Math.sin(2 * Math.PI * 140 * harmonic * seconds) / harmonic,
      0,
    );
    data.writeInt16LE(
      voiced ? Math.round(6000 * buzz * (1 + Math.sin(2 * Math.PI * 4 * seconds)) * 0.5) : 0,
      44 + index * 2,
    );
  }
  return data;
}

/** Joins every sound that leaves the page with what it sent, for the test to measure. Stands in front of the page's own scripts. */
function listenIn(): void {
  const scope = globalThis as unknown as { heard: { peak: number; sentBytes: number } };
  scope.heard = { peak: 0, sentBytes: 0 };
  const connect = AudioNode.prototype.connect as (this: AudioNode, ...args: unknown[]) => AudioNode;
  AudioNode.prototype.connect = function (this: AudioNode, ...args: unknown[]) {
    if (args[0] instanceof AudioDestinationNode) {
      const analyser = this.context.createAnalyser();
      connect.call(this, analyser);
      const samples = new Float32Array(analyser.fftSize);
      setInterval(() => {
        analyser.getFloatTimeDomainData(samples);
        for (const sample of samples) scope.heard.peak = Math.max(scope.heard.peak, Math.abs(sample));
      }, 20);
    }
    return connect.apply(this, args);
  } as typeof AudioNode.prototype.connect;
  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function (this: WebSocket, data: Parameters<WebSocket["send"]>[0]) {
    if (data instanceof ArrayBuffer) scope.heard.sentBytes += data.byteLength;
    return send.call(this, data);
  };
}

interface Opened {
  readonly platform: RunningPlatform;
  readonly browser: Browser;
  readonly page: Page;
  readonly complaints: string[];
}

async function openPage(wav: string): Promise<Opened> {
  if (executablePath === undefined) throw new Error("Chromium is missing: npm test -- --install brings it.");
  const microphone = [
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    `--use-file-for-audio-capture=${wav}`,
  ];
  const [platform, browser] = await Promise.all([
    startPlatform({ DASHBOARD: "on", MEDIA_PROCESSES: "1" }),
    chromium.launch({ executablePath, args: ["--no-sandbox", ...microphone] }),
  ]);
  const isBuilt = async () =>
    (await fetch(platform.url)).headers.get("content-security-policy")?.includes("nonce-") ?? false;
  // The build, where no earlier one is left; calls are answered meanwhile.
  await waitUntil(isBuilt, 75_000);
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, permissions: ["microphone"] });
  await context.addInitScript(listenIn);
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  const complaints: string[] = [];
  page.on("console", (message) => void (message.type() === "error" && complaints.push(message.text())));
  page.on("pageerror", (error) => void complaints.push(error.message));
  await page.goto(platform.url);
  return { platform, browser, page, complaints };
}

describe.skipIf(withoutChromium)("the dashboard in Chromium", () => {
  const folder = mkdtempSync(join(tmpdir(), "parley-page-"));
  let opened: Opened;
  let page: Page;

  beforeAll(async () => {
    const wav = join(folder, "microphone.wav");
    writeFileSync(wav, microphoneWav());
    opened = await openPage(wav);
    page = opened.page;
  }, 90_000);

  afterAll(async () => {
    await opened?.browser.close();
    await opened?.platform.dispose();
    rmSync(folder, { recursive: true, force: true });
  });

  const say = async (text: string) => {
    await page.getByLabel("Type as the caller").fill(text);
    await page.keyboard.press("Enter");
  };
  const agentLines = () => page.getByTestId("agent").allTextContents();

  test("its policy names a new nonce for every request and forbids everything else inline", async () => {
    const policies = await Promise.all(
      [1, 2].map(async () => (await fetch(opened.platform.url)).headers.get("content-security-policy") ?? ""),
    );
    expect(policies[0]).toMatch(/script-src 'self' 'nonce-[\w+/=]+' 'strict-dynamic';/);
    expect(policies[0]).not.toMatch(/unsafe|ws:/);
    expect(policies[0]).not.toBe(policies[1]);
  });

  test("says what is built in and which setting mends it", async () => {
    await page.getByRole("button", { name: /Ready, built-in stages/ }).click();
    const details = page.getByRole("dialog", { name: "What this installation can do" });
    await details.getByText("DEEPGRAM_API_KEY").waitFor();
    await page.keyboard.press("Escape");
    await details.waitFor({ state: "detached" });
  });

  test("a typed conversation: the reply, its waterfall, and the call in the list with its transcript", async () => {
    await say("What time do you open on Saturday?");
    await page.getByTestId("caller").getByText("What time do you open on Saturday?").waitFor();
    await page.getByTestId("waterfall").first().waitFor();
    expect(await agentLines()).toHaveLength(2);
    expect((await agentLines())[1]).toMatch(/Saturday.*10 AM/);
    expect(await page.getByTestId("waterfall").first().getAttribute("aria-label")).toMatch(
      /^Caller waited [\d.]+ ms for first words\. First token [\d.]+ ms/,
    );
    await page.getByRole("button", { name: "Hang up" }).click();
    await page
      .getByRole("button", { name: /^Call of .*Typed/ })
      .first()
      .click();
    const drawer = page.getByRole("dialog", { name: "Bright Smile Dental" });
    await drawer.getByText("What time do you open on Saturday?").waitFor();
    await drawer.getByTestId("waterfall").waitFor();
    await page.keyboard.press("Escape");
    await drawer.waitFor({ state: "detached" });
  });

  test("a voice call: sound comes back, the microphone's goes out, and what was heard turns solid", async () => {
    await page.getByRole("button", { name: "Call your agent" }).click();
    await page.getByText("Thank you for calling Bright Smile Dental").waitFor();
    const heard = () =>
      page.evaluate(() => (globalThis as unknown as { heard: { peak: number; sentBytes: number } }).heard);
    await waitUntil(async () => (await heard()).peak > 0.05, 8000);
    // Two seconds of 16 kHz PCM16 at the least, while the greeting plays.
    await waitUntil(async () => (await heard()).sentBytes > 64_000, 8000);
    // Marks are answered by what was really played: only then is the greeting known to be heard.
    const greeting = page.getByTestId("agent").first().locator("p");
    expect(await greeting.locator(".text-ink-3").count()).toBe(1);
    await waitUntil(async () => (await greeting.locator(".text-ink-3").count()) === 0, 10_000);
    await say("How much is whitening?");
    await waitUntil(async () => (await agentLines()).some((line) => line.includes("250")), 10_000);
    const latency = page.getByTestId("waterfall").first();
    await waitUntil(async () => /for first audio/.test((await latency.getAttribute("aria-label")) ?? ""), 5000);
    await page.getByRole("button", { name: "Mute" }).click();
    await page.getByRole("button", { name: "Hang up" }).click();
    await page.getByText("Caller hung up").first().waitFor();
    await page.getByRole("button", { name: "Call your agent" }).waitFor();
  }, 40_000);

  test("Egyptian Arabic stands from right to left", async () => {
    await page.getByRole("radio", { name: "Egyptian Arabic" }).check();
    await say("التبييض بكام؟");
    const reply = page.getByTestId("agent").nth(1).locator("p");
    await reply.waitFor();
    expect(await reply.evaluate((element) => getComputedStyle(element).direction)).toBe("rtl");
    await page.getByRole("button", { name: "Hang up" }).click();
  });

  test("fits a phone's screen, and no console error was written in all of this", async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
    expect(opened.complaints).toEqual([]);
  });
});

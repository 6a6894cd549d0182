/** The page in a real browser, against the real platform: a typed conversation and a voice call whose sound is measured. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type DeepgramStandIn, startDeepgram } from "../sandbox/src/deepgram/start-deepgram.ts";
import { synthesize, writeWav } from "../sandbox/src/voice/index.ts";
import { type RunningPlatform, startPlatform, waitUntil } from "../server/src/testing/running-platform.ts";

const withoutChromium = process.env["PARLEY_MISSING"]?.includes("chromium") ?? false;
const executablePath = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);

const question = "how much is whitening";

/** What the fake microphone hears, over and over: a still room while the greeting plays, then a question. */
async function microphoneWav(): Promise<Uint8Array> {
  const sampleRateHz = 48_000;
  const { samples } = await synthesize({ text: question, sampleRateHz });
  // A room is never digitally silent; the browser's noise suppression swallows the words that follow such silence.
  let seed = 1;
  const room = () => {
    seed = (seed * 48_271) % 2_147_483_647;
    return (seed % 121) - 60;
  };
  const sound = Int16Array.from({ length: sampleRateHz * 14 + samples.length }, room);
  for (const [index, sample] of samples.entries()) sound[sampleRateHz * 6 + index] = sample;
  return writeWav({ samples: sound, sampleRateHz });
}

/** Runs in the page before its own scripts: measures every sound that goes to the loudspeaker. */
function listenIn(): void {
  const scope = globalThis as unknown as { heard: { peak: number } };
  scope.heard = { peak: 0 };
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
}

interface Opened {
  readonly platform: RunningPlatform;
  readonly recogniser: DeepgramStandIn;
  readonly browser: Browser;
  readonly page: Page;
  readonly complaints: string[];
}

async function openPage(wav: string): Promise<Opened> {
  if (executablePath === undefined) throw new Error("Chromium is missing: npm test -- --install brings it.");
  const microphone = [
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    `--use-file-for-fake-audio-capture=${wav}`,
  ];
  // Hears by the samples that arrive: a broken rate or order on the way from the microphone would show.
  const recogniser = await startDeepgram();
  const ear = { DEEPGRAM_BASE_URL: recogniser.url, DEEPGRAM_API_KEY: "sandbox" };
  const [platform, browser] = await Promise.all([
    startPlatform({ DASHBOARD: "on", MEDIA_PROCESSES: "1", ...ear }),
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
  return { platform, recogniser, browser, page, complaints };
}

/** Letters that lie in the tray, and where their links lead. */
function testMail(at: () => Opened): void {
  test("mail that is not sent lies in a tray, and its link's page confirms the address", async () => {
    expect(
      await at()
        .page.getByRole("button", { name: /was not sent/ })
        .count(),
    ).toBe(0);
    const answer = await fetch(`${at().platform.url}/api/v1/auth/sign-up`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ email: "tray@example.com", password: "correct horse battery", name: "Mona" }),
    });
    const { accessToken } = (await answer.json()) as { accessToken: string };
    const tray = at().page.getByRole("button", { name: "1 mail was not sent" });
    await tray.waitFor({ timeout: 15_000 });
    await tray.click();
    const letters = at().page.getByRole("dialog", { name: "Mail that was not sent" });
    await letters.getByText("tray@example.com").waitFor();
    const link = await letters.getByRole("link", { name: "Open" }).getAttribute("href");
    await at().page.keyboard.press("Escape");
    const letter = await at().page.context().newPage();
    await letter.goto((link ?? "").replace("localhost", "127.0.0.1"));
    await letter.getByRole("button", { name: "This address is mine" }).click();
    await letter.getByText("Your address is confirmed").waitFor();
    await letter.close();
    const account = await fetch(`${at().platform.url}/api/v1/account`, {
      headers: { authorization: `Bearer ${accessToken}` },
    });
    expect(await account.json()).toMatchObject({ emailVerified: true });
  }, 45_000);

  test("an invitation's link makes a new person's account and joins them, whoever is signed in on the page", async () => {
    const ask = (path: string, body: object, token = at().platform.apiKey) =>
      fetch(`${at().platform.url}/api/v1/${path}`, {
        method: "POST",
        headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
        body: JSON.stringify(body),
      });
    const invited = await ask("invitations", { email: "colleague@example.com", role: "operator" });
    expect(invited.status).toBe(201);
    const kept = async () => {
      const { items } = (await (await at().page.request.get(`${at().platform.url}/api/v1/dev-mail`)).json()) as {
        items: { to: string; link: string | null }[];
      };
      return items.find((mail) => mail.to === "colleague@example.com")?.link;
    };
    await waitUntil(async () => typeof (await kept()) === "string");
    const letter = await at().page.context().newPage();
    await letter.goto(String(await kept()).replace("localhost", "127.0.0.1"));
    await letter.getByLabel("Your name").fill("Omar");
    await letter.getByLabel(/A password/).fill("correct horse battery");
    await letter.getByRole("button", { name: "Make my account and join" }).click();
    await letter.getByText("You are in").waitFor();
    await letter.close();
    const members = await fetch(`${at().platform.url}/api/v1/members`, {
      headers: { authorization: `Bearer ${at().platform.apiKey}` },
    });
    expect(await members.json()).toMatchObject({
      items: expect.arrayContaining([
        expect.objectContaining({ name: "Omar", email: "colleague@example.com", role: "operator" }),
      ]) as unknown,
    });
  }, 45_000);
}

describe.skipIf(withoutChromium)("the dashboard in Chromium", () => {
  const folder = mkdtempSync(join(tmpdir(), "parley-page-"));
  let opened: Opened;
  let page: Page;

  beforeAll(async () => {
    const wav = join(folder, "microphone.wav");
    writeFileSync(wav, await microphoneWav());
    opened = await openPage(wav);
    page = opened.page;
  }, 90_000);

  afterAll(async () => {
    await opened?.browser.close();
    await opened?.platform.dispose();
    await opened?.recogniser.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const say = async (text: string) => {
    await page.getByLabel("Type as the caller").fill(text);
    await page.keyboard.press("Enter");
  };
  const agentLines = () => page.getByTestId("agent").allTextContents();

  testMail(() => opened);

  test("its policy names a new nonce for every request and forbids everything else inline", async () => {
    const policies = await Promise.all(
      [1, 2].map(async () => (await fetch(opened.platform.url)).headers.get("content-security-policy") ?? ""),
    );
    expect(policies[0]).toMatch(/script-src 'self' 'nonce-[\w+/=]+' 'strict-dynamic';/);
    expect(policies[0]).not.toMatch(/unsafe|ws:/);
    expect(policies[0]).not.toBe(policies[1]);
  });

  test("says what is built in and which setting mends it", async () => {
    await page.getByRole("button", { name: /Ready, some built in/ }).click();
    const details = page.getByRole("dialog", { name: "What this installation can do" });
    await details.getByText("OPENAI_API_KEY").waitFor();
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
    await drawer.getByTestId("waterfall").hover();
    await drawer.getByRole("tooltip").first().waitFor();
    await drawer.getByRole("button", { name: "Close" }).click();
    await drawer.waitFor({ state: "detached" });
  });

  test("a voice call: the agent is heard, the caller's words are understood, and what was heard turns solid", async () => {
    await page.getByRole("button", { name: "Call your agent" }).click();
    await page.getByText("Thank you for calling Bright Smile Dental").waitFor();
    const heardPeak = () => page.evaluate(() => (globalThis as unknown as { heard: { peak: number } }).heard.peak);
    await waitUntil(async () => (await heardPeak()) > 0.05, 8000);
    // Marks are answered by what was really played: only then is the greeting known to be heard.
    const light = page.getByTestId("agent").first().locator("p .text-ink-3");
    expect(await light.count()).toBe(1);
    await waitUntil(async () => (await light.count()) === 0, 10_000);
    // The platform goes on by the clock when no mark comes back, and says so.
    expect(await page.getByText("Playback was not confirmed").count()).toBe(0);
    await page.getByTestId("caller").getByText(question).waitFor({ timeout: 15_000 });
    await page.getByTestId("agent").getByText("$250").waitFor();
    expect(await page.getByTestId("waterfall").first().getAttribute("aria-label")).toMatch(
      /^Caller waited [\d.]+ ms for first audio\. Endpointing [\d.]+ ms, First token .*Voice first byte .*Platform/,
    );
    await page.getByRole("button", { name: "Mute" }).click();
    await page.getByRole("button", { name: "Unmute" }).waitFor();
    await page.getByRole("button", { name: "Hang up" }).click();
    await page.getByRole("button", { name: "Call your agent" }).waitFor();
  }, 45_000);

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

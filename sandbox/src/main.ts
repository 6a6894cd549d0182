import { randomBytes } from "node:crypto";
import { parseArgs } from "node:util";
import { startAnthropic } from "./anthropic/start-anthropic.ts";
import { startDeepgram } from "./deepgram/start-deepgram.ts";
import { startElevenLabs } from "./elevenlabs/start-elevenlabs.ts";
import { startGoogle } from "./google/start-google.ts";
import { bookingClerk } from "./language-model/booking-clerk.ts";
import { startMicrosoft } from "./microsoft/start-microsoft.ts";
import { startMistral } from "./mistral/start-mistral.ts";
import { startOpenAi } from "./openai/start-openai.ts";
import { startTwilio } from "./twilio/index.ts";
import { encodeMulaw, synthesize } from "./voice/index.ts";

const usage = `npm run sandbox [-- --port 4100] [--booking-clerk]

  --port  first of eight ports in a row (Twilio, Deepgram, ElevenLabs, OpenAI, Anthropic, Mistral, Google and
          Microsoft: their consent and calendars); default free ones
  --booking-clerk  OpenAI's stand-in takes bookings as a decent model does: it asks, reads back, and books after a yes
The vendors' stand-ins run until Ctrl-C; the lines printed make a platform use them.`;

const isClerk = process.argv.includes("--booking-clerk");

interface Running {
  readonly environment: Readonly<Record<string, string>>;
  readonly close: () => Promise<void>;
}

type Start = (port: number) => Promise<Running>;

const accountSid = `AC${"5a".repeat(16)}`;
const authToken = process.env["TWILIO_AUTH_TOKEN"] ?? randomBytes(16).toString("hex");

async function speak(text: string, language: string): Promise<Uint8Array> {
  return encodeMulaw((await synthesize({ text, language, sampleRateHz: 8000 })).samples);
}

/** In the order of their ports. */
const vendors: readonly Start[] = [
  async (port) => {
    const { url, close } = await startTwilio({ accountSid, authToken, port, speak, allowInsecureStreams: true });
    const environment = { TWILIO_ACCOUNT_SID: accountSid, TWILIO_AUTH_TOKEN: authToken, TWILIO_BASE_URL: url };
    return { environment, close };
  },
  async (port) => {
    const standIn = await startDeepgram({ port });
    return { environment: vendorLines("DEEPGRAM", standIn.url), close: () => standIn.close() };
  },
  async (port) => {
    const standIn = await startElevenLabs({ port });
    return { environment: vendorLines("ELEVENLABS", standIn.url), close: () => standIn.close() };
  },
  async (port) => {
    const standIn = await startOpenAi({ port, ...(isClerk ? { replies: bookingClerk } : {}) });
    return { environment: vendorLines("OPENAI", `${standIn.url}/v1`), close: () => standIn.close() };
  },
  async (port) => {
    const standIn = await startAnthropic({ port });
    return { environment: vendorLines("ANTHROPIC", standIn.url), close: () => standIn.close() };
  },
  async (port) => {
    const standIn = await startMistral({ port });
    return { environment: vendorLines("MISTRAL", standIn.url), close: () => standIn.close() };
  },
  async (port) => {
    const standIn = await startGoogle({ port });
    return { environment: consentLines("GOOGLE", standIn.url), close: () => standIn.close() };
  },
  async (port) => {
    const standIn = await startMicrosoft({ port });
    return { environment: consentLines("MICROSOFT", standIn.url), close: () => standIn.close() };
  },
];

function vendorLines(vendor: string, url: string): Record<string, string> {
  return { [`${vendor}_BASE_URL`]: url, [`${vendor}_API_KEY`]: "sandbox" };
}

/** The stand-ins know these applications, and consent at once. */
function consentLines(vendor: "GOOGLE" | "MICROSOFT", url: string): Record<string, string> {
  const application = vendor.toLowerCase();
  return {
    [`${vendor}_BASE_URL`]: url,
    [`${vendor}_CLIENT_ID`]: `${application}-client`,
    [`${vendor}_CLIENT_SECRET`]: `${application}-secret`,
  };
}

function readFirstPort(): number | "help" {
  const { values } = parseArgs({
    options: {
      port: { type: "string", default: "0" },
      "booking-clerk": { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return "help";
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_528)
    throw new Error(`--port ${values.port}: a port number up to 65528`);
  return port;
}

async function main(): Promise<void> {
  const firstPort = readFirstPort();
  if (firstPort === "help") return console.log(usage);
  const running: Running[] = [];
  for (const [index, start] of vendors.entries()) running.push(await start(firstPort === 0 ? 0 : firstPort + index));
  const lines = running.flatMap(({ environment }) =>
    Object.entries(environment).map(([name, value]) => `${name}=${value}`),
  );
  console.log(`The stand-ins are running. Start a platform that uses them:\n\n${lines.join(" \\\n")} \\\nnpm start\n`);
  console.log(
    `and call it:\n\nTWILIO_AUTH_TOKEN=${authToken} npm run simulate -- sandbox/scenarios/greeting-and-hours.yaml\n`,
  );
  const stop = () => {
    process.removeAllListeners("SIGINT");
    process.removeAllListeners("SIGTERM");
    void Promise.allSettled(running.map(({ close }) => close())).then(() => process.exit(0));
  };
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
}

main().catch((error: unknown) => {
  const message = error instanceof Error ? error.message : String(error);
  const inUse = error instanceof Error && "code" in error && error.code === "EADDRINUSE";
  console.error(inUse ? `${message}: choose another first port with --port` : message);
  process.exitCode = 1;
});

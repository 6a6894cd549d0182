/** The platform of the walk, and a telephone company with an account for each of two organisations. */
import { createServer, request as httpRequest } from "node:http";
import type { AddressInfo } from "node:net";
import { startTwilio, type TwilioStandIn } from "../../sandbox/src/twilio/index.ts";
import { type Installation, openInstallation } from "../../server/src/testing/open-installation.ts";
import { type Platform, startPlatform } from "../platform.ts";

export interface Carrier {
  readonly accountSid: string;
  readonly authToken: string;
  readonly number: string;
  readonly twilio: TwilioStandIn;
}

export interface WalkedPlatform extends Installation {
  readonly platform: Platform;
  readonly url: string;
  /** One account at the telephone company for each organisation. */
  readonly carriers: readonly [Carrier, Carrier];
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function startCarrier(digit: string, number: string): Promise<Carrier> {
  const accountSid = `AC${digit.repeat(32)}`;
  const authToken = `auth-token-of-account-${digit}`;
  const options = { accountSid, authToken, allowInsecureStreams: true, numbers: [number] };
  return { accountSid, authToken, number, twilio: await startTwilio(options) };
}

/** One address for both accounts, as the real company has. */
async function startExchange(carriers: readonly Carrier[]) {
  const server = createServer((incoming, outgoing) => {
    const carrier = carriers.find(({ accountSid }) => incoming.url?.includes(accountSid)) ?? carriers[0];
    const { method, headers } = incoming;
    const target = new URL(incoming.url ?? "/", carrier?.twilio.url);
    const forwarded = httpRequest(target, { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    forwarded.on("error", () => outgoing.destroy());
    incoming.pipe(forwarded);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, close: () => void server.close() };
}

const generous = "100000000";

async function start(twilioUrl: string): Promise<Platform> {
  const port = String(await freePort());
  const limits = ["ADDRESS", "STRICT", "ACCOUNT", "API_KEY", "ORGANIZATION"];
  return await startPlatform({
    PORT: port,
    PUBLIC_URL: `http://127.0.0.1:${port}`,
    TWILIO_BASE_URL: twilioUrl,
    GOOGLE_CLIENT_ID: "an-application",
    GOOGLE_CLIENT_SECRET: "its-secret",
    WEBHOOK_ALLOW_PRIVATE: "on",
    LOG_LEVEL: "warn",
    ...Object.fromEntries(limits.map((name) => [`RATE_LIMIT_${name}`, generous])),
  });
}

export async function startWalkedPlatform(): Promise<WalkedPlatform> {
  const carriers = [await startCarrier("a", "+15550100001"), await startCarrier("b", "+15550100002")] as const;
  const exchange = await startExchange(carriers);
  const platform = await start(exchange.url);
  const installation = await openInstallation(platform.dataDir);
  return {
    ...installation,
    ...{ platform, url: platform.url, carriers },
    async close() {
      await installation.close();
      for (const { twilio } of carriers) await twilio.close();
      exchange.close();
      await platform.stop();
    },
  };
}

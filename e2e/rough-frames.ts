/** Sockets that speak nonsense: raw rubbish, and a stream that is let in and then talks rubbish between its frames. */
import { askPlatform } from "../sandbox/src/twilio/platform-client.ts";
import type { World } from "./world.ts";

/** Deterministic: the same seed gives the same rubbish. */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

// No "stop": it ends a stream, as it should.
const events = ["connected", "start", "media", "mark", "dtmf", "clear", "__proto__", ""];

/** Something a socket of Twilio's might never send. */
export function roughFrame(random: () => number, streamSid: string): string | Uint8Array {
  const pick = <T>(list: readonly T[]): T | undefined => list[Math.floor(random() * list.length)];
  const noise = () =>
    String.fromCodePoint(...Array.from({ length: 1 + random() * 40 }, () => Math.floor(1 + random() * 0xd7fe)));
  const kind = Math.floor(random() * 7);
  if (kind === 0) return Uint8Array.from({ length: random() * 300 }, () => random() * 256);
  if (kind === 1) return noise();
  if (kind === 2)
    return JSON.stringify({ event: pick(events), streamSid: noise(), media: noise(), start: 7, mark: [] });
  if (kind === 3)
    return `{"event":"media","streamSid":"${streamSid}","media":{"payload":"${"A".repeat(random() * 20_000)}"`;
  if (kind === 4)
    return JSON.stringify({ event: "media", streamSid, media: { payload: noise(), chunk: -1, timestamp: "x" } });
  if (kind === 5) return JSON.stringify({ event: "mark", streamSid, mark: { name: noise() } });
  return JSON.stringify({ event: "media", streamSid, media: { payload: pick(["", "=", "/////", "ab"]), track: null } });
}

/** A call's stream as Twilio would open it: the address and the token of the answered webhook. */
export async function askForStream(world: World): Promise<{ url: string; token: string }> {
  const fields = new URLSearchParams({ CallSid: `CA${crypto.randomUUID().replaceAll("-", "")}`, From: "+14155550199" });
  const access = { authToken: world.platform.twilioToken, wrongSignature: () => false };
  const { body } = await askPlatform(access, { url: world.webhookUrl, method: "POST" }, fields);
  const url = /<Stream url="([^"]+)"/.exec(body)?.[1];
  const token = /<Parameter name="token" value="([^"]+)"/.exec(body)?.[1];
  if (url === undefined || token === undefined) throw new Error(`no stream in ${body}`);
  return { url, token };
}

export interface RoughVisit {
  readonly sent: number;
  readonly closeCode: number;
}

/** Opens a socket and sends `count` frames of rubbish, after a proper start when there is a token. */
export function visitRoughly(
  url: string,
  options: { token?: string; count: number; seed: number },
): Promise<RoughVisit> {
  const { token, count, seed } = options;
  const random = createRandom(seed);
  const streamSid = `MZ${"0".repeat(32)}`;
  return new Promise((resolve) => {
    const socket = new WebSocket(url);
    let sent = 0;
    const pump = () => {
      for (let batch = 0; batch < 20 && sent < count && socket.readyState === WebSocket.OPEN; batch += 1) {
        socket.send(roughFrame(random, streamSid));
        sent += 1;
      }
      if (socket.readyState !== WebSocket.OPEN) return;
      if (sent < count) setTimeout(pump, 10);
      // One that never said who it is is shown out in time.
      else if (token !== undefined) socket.close(1000);
    };
    socket.addEventListener("open", () => {
      if (token !== undefined) socket.send(startMessage(streamSid, token));
      pump();
    });
    socket.addEventListener("close", ({ code }) => resolve({ sent, closeCode: code }));
  });
}

function startMessage(streamSid: string, token: string): string {
  const mediaFormat = { encoding: "audio/x-mulaw", sampleRate: 8000, channels: 1 };
  const start = {
    streamSid,
    callSid: "CA0",
    accountSid: "AC0",
    tracks: ["inbound"],
    mediaFormat,
    customParameters: { token },
  };
  return JSON.stringify({ event: "start", sequenceNumber: "1", streamSid, start });
}

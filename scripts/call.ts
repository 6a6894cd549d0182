/**
 * `npm run call`: a call to the demo agent from the terminal, typed or (with --voice) spoken.
 * Options: --voice, --say FILE.wav, --language ar-EG, --url http://localhost:3000, --key KEY.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import type { CallEvent } from "@parley/contract/call-event";
import { audioRateHz, type ServerMessage } from "@parley/contract/call-socket";
import * as routes from "@parley/contract/calls";
import { ApiProblem, createClient } from "@parley/contract/client";
import { WebSocket } from "ws";
import { findSoundTools, readWav, resampleTo, type SoundTools } from "./sound-tools.ts";

const bytesPerMs = (audioRateHz * 2) / 1000;
const frameMs = 20;

const { values } = parseArgs({
  options: {
    voice: { type: "boolean", default: false },
    say: { type: "string" },
    language: { type: "string" },
    url: { type: "string", default: process.env.PARLEY_URL ?? `http://127.0.0.1:${process.env.PORT ?? "3000"}` },
    key: { type: "string" },
  },
});

function stop(message: string): never {
  console.error(message);
  process.exit(1);
}

function findKey(): string {
  if (values.key) return values.key;
  const path = join(process.env.DATA_DIR ?? "data", "demo-api-key");
  if (existsSync(path)) return readFileSync(path, "utf8").trim();
  return stop(
    `No API key: ${path} is not there. Start the platform with npm start, or pass --key with the key it printed.`,
  );
}

async function startCall() {
  const key = findKey();
  const client = createClient({ origin: values.url, token: () => key });
  const channel = values.voice || values.say ? "web" : "text";
  const body = { channel, ...(values.language ? { language: values.language } : {}) } as const;
  try {
    const call = await client.ask(routes.startCall, { body });
    return call.channel === "phone" ? stop("A phone rings instead of this terminal.") : call;
  } catch (error) {
    if (!(error instanceof ApiProblem)) throw error;
    if (error.status === 0)
      return stop(`Nothing answers at ${values.url}. Start the platform with npm start, or pass --url.`);
    return stop(`The call was refused: ${error.message}`);
  }
}

/** What the events say, in lines for a person. */
function describeEvent(event: CallEvent): string | undefined {
  switch (event.type) {
    case "turn-committed":
      return `  you    ${event.content.text}`;
    case "reply-text":
      return `  agent  ${event.content.text}`;
    case "turn-latency":
      return `         (first audio ${Math.round(event.latency.firstAudioMs ?? 0)} ms, first token ${Math.round(event.latency.timeToFirstTokenMs ?? 0)} ms)`;
    case "tool-started":
      return `         … ${event.name}`;
    case "barge-in":
      return "         (interrupted)";
    case "stage-error":
      return `  !      ${event.stage} ${event.provider}: ${event.category} ${event.content?.vendorMessage ?? ""}`;
    case "notice":
      return `  !      ${event.content.text}`;
    default:
      return undefined;
  }
}

/** Plays what comes and answers marks when they have been heard: by the clock, as players do not tell. */
function createSpeaker(tools: SoundTools | undefined, onMark: (name: string) => void) {
  let player: ChildProcess | undefined;
  let playedUntil = performance.now();
  const marks = new Set<NodeJS.Timeout>();
  const open = () => {
    if (!tools || player) return;
    player = spawn(tools.play.program, tools.play.args, { stdio: ["pipe", "ignore", "ignore"] });
    player.stdin?.on("error", () => undefined);
  };
  return {
    play(audio: Uint8Array) {
      open();
      player?.stdin?.write(audio);
      playedUntil = Math.max(playedUntil, performance.now()) + audio.length / bytesPerMs;
    },
    mark(name: string) {
      const timer = setTimeout(
        () => {
          marks.delete(timer);
          onMark(name);
        },
        Math.max(0, playedUntil - performance.now()),
      );
      marks.add(timer);
    },
    clear() {
      for (const timer of marks) clearTimeout(timer);
      marks.clear();
      player?.kill("SIGKILL");
      player = undefined;
      playedUntil = performance.now();
    },
  };
}

async function main(): Promise<void> {
  const tools = values.voice ? findSoundTools((program) => spawnSync("which", [program]).status === 0) : undefined;
  if (values.voice && !tools) {
    stop("No sound tools here: install alsa-utils (arecord, aplay), sox or ffmpeg, or leave --voice away and type.");
  }
  const file = values.say === undefined ? undefined : resampleTo(readWav(readFileSync(values.say)), audioRateHz);
  const call = await startCall();
  const socket = new WebSocket(call.socketUrl, { perMessageDeflate: false });
  const send = (message: object) => socket.readyState === WebSocket.OPEN && socket.send(JSON.stringify(message));
  const speaker = createSpeaker(tools, (name) => send({ type: "mark", name }));
  let microphone: ChildProcess | undefined;

  const listen = () => {
    if (tools) {
      microphone = spawn(tools.record.program, tools.record.args, { stdio: ["ignore", "pipe", "ignore"] });
      microphone.stdout?.on("data", (data: Buffer) => socket.send(data.subarray(0, data.length & ~1)));
    }
    if (file) playFile(socket, file);
  };

  const onMessage = (message: ServerMessage) => {
    if (message.type === "ready") {
      console.log(
        `\n  ${message.agentName} (${message.language}), call ${message.callId}. ${values.voice ? "Speak" : "Type"}; Ctrl-C hangs up.\n`,
      );
      if (message.recogniser !== "platform" && (values.voice || file))
        console.log("  !      Nobody listens here: no recogniser is set. Type instead.");
      listen();
    }
    if (message.type === "mark") speaker.mark(message.name);
    if (message.type === "clear") speaker.clear();
    if (message.type === "notice") console.log(`  !      ${message.text}`);
    if (message.type === "ended") console.log(`\n  The call is over: ${message.reason}.`);
    const line = message.type === "event" ? describeEvent(message.event) : undefined;
    if (line !== undefined) console.log(line);
  };

  socket.on("open", () => send({ type: "start", token: call.token, microphone: values.voice || file !== undefined }));
  socket.on("message", (data: Buffer, isBinary) => {
    if (isBinary) speaker.play(data);
    else onMessage(JSON.parse(data.toString()) as ServerMessage);
  });
  socket.on("error", (error) => stop(`The socket failed: ${error.message}`));
  socket.on("close", () => {
    microphone?.kill();
    speaker.clear();
    process.exit(0);
  });
  const lines = createInterface({ input: process.stdin });
  lines.on("line", (text) => text.trim() !== "" && send({ type: "text", text: text.trim().slice(0, 2000) }));
  lines.on("close", () => !values.voice && !file && setTimeout(() => send({ type: "hang-up" }), 3000));
  process.on("SIGINT", () => {
    send({ type: "hang-up" });
    setTimeout(() => process.exit(0), 500);
  });
}

/** Sends a recording in real time, then silence so that the end of the speech can be heard. */
function playFile(socket: WebSocket, pcm: Uint8Array): void {
  const frameBytes = frameMs * bytesPerMs;
  const startedAt = performance.now();
  let sent = 0;
  const timer = setInterval(() => {
    if (socket.readyState !== WebSocket.OPEN) return clearInterval(timer);
    const due = Math.floor((performance.now() - startedAt) / frameMs);
    for (; sent < due; sent++) {
      const frame = new Uint8Array(frameBytes);
      frame.set(pcm.subarray(sent * frameBytes, (sent + 1) * frameBytes));
      socket.send(frame);
    }
  }, frameMs);
}

await main();

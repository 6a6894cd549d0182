import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocketServer } from "ws";
import { closeServer, listenOnLoopback } from "../control/loopback.ts";
import { startTwilio, type TwilioStandIn } from "../twilio/index.ts";
import { createWordDetector, decodeMulaw, encodeMulaw, synthesize } from "../voice/index.ts";
import { formatReport } from "./report.ts";
import { readScenario } from "./scenario.ts";
import { simulateCall } from "./simulate-call.ts";

const greeting = "Hello, this is the test desk. How can I help?";
const answers: readonly (readonly [string, string])[] = [
  ["hours", "We open at nine and close at five, every day from Monday to Friday, all year round."],
  ["wait", "Of course."],
  ["goodbye", "Goodbye then."],
];
const replyAfterMs = 300;

interface AgentFaults {
  deaf?: boolean;
  holes?: boolean;
}

/** A small agent written from the protocol: greets, answers by keyword, clears when it is spoken over, leaves after goodbye. */
async function startAgent(faults: AgentFaults) {
  const keys: string[] = [];
  const server = createServer((_request, response) => {
    const { port } = server.address() as AddressInfo;
    response.setHeader("Content-Type", "text/xml");
    response.end(`<Response><Connect><Stream url="ws://127.0.0.1:${port}/media"/></Connect></Response>`);
  });
  const sockets = new WebSocketServer({ server });
  sockets.on("connection", (socket) => {
    let streamSid = "";
    let heard = "";
    let pending: NodeJS.Timeout | undefined;
    const send = (message: object) => socket.send(JSON.stringify({ ...message, streamSid }));
    const media = (bytes: Uint8Array) =>
      send({ event: "media", media: { payload: Buffer.from(bytes).toString("base64") } });
    const speak = async (text: string) => {
      const bytes = encodeMulaw((await synthesize({ text, sampleRateHz: 8000, voice: "synthetic" })).samples);
      const cut = faults.holes === true ? 4000 : bytes.length;
      media(bytes.subarray(0, cut));
      setTimeout(() => media(bytes.subarray(cut)), 640);
      setTimeout(() => send({ event: "mark", mark: { name: text } }), 660);
    };
    const answer = () => {
      const found = answers.find(([word]) => heard.includes(word));
      heard = "";
      if (found !== undefined) void speak(found[1]);
    };
    const detector = createWordDetector({
      sampleRateHz: 8000,
      onWord: ({ text }) => {
        heard += ` ${text.toLowerCase()}`;
      },
      onSpeech: (active) => {
        clearTimeout(pending);
        if (!active) pending = setTimeout(answer, replyAfterMs - 80);
        else if (faults.deaf !== true) send({ event: "clear" });
      },
    });
    socket.on("message", (data: Buffer) => {
      const message = JSON.parse(data.toString("utf8"));
      if (message.event === "start") {
        streamSid = message.streamSid;
        void speak(greeting);
      }
      if (message.event === "dtmf") keys.push(message.dtmf.digit);
      if (message.event === "media") detector.push(decodeMulaw(Buffer.from(message.media.payload, "base64")));
      if (message.event === "mark" && message.mark.name === "Goodbye then.") socket.close(1000);
    });
  });
  const origin = `http://127.0.0.1:${await listenOnLoopback(server)}`;
  return {
    keys,
    origin,
    webhookUrl: `${origin}/incoming`,
    close: () => {
      for (const socket of sockets.clients) socket.terminate();
      return closeServer(server);
    },
  };
}

let twilio: TwilioStandIn;
beforeAll(async () => {
  twilio = await startTwilio({ accountSid: `AC${"0".repeat(32)}`, authToken: "t", allowInsecureStreams: true });
});
afterAll(() => twilio.close());

async function run(yaml: string, faults: AgentFaults = {}) {
  const agent = await startAgent(faults);
  try {
    return {
      ...(await simulateCall(twilio, readScenario(`voice: synthetic\n${yaml}`, "test.yaml"), agent)),
      keys: agent.keys,
    };
  } finally {
    await agent.close();
  }
}

const conversation = `
name: whole
line: { noiseDb: -55, lossShare: 0.005 }
steps:
  - waitFor: agentDone
  - press: "7"
  - say: What are your hours please
  - bargeIn: { afterMs: 500, say: "sorry wait" }
  - waitFor: { words: "of course" }
  - say: "goodbye"
  - waitFor: hangUp
expect:
  heard: { contains: ["how can I help", "goodbye then"], notContains: ["all year"], inOrder: ["we open", "of course"] }
  latency: { firstAudioMaxMs: 450 }
  bargeInSilentWithinMs: 300
  clears: { min: 1 }
  underrunsMax: 0
  talkedOverMax: 0
  endedBy: platform
  tools: { called: [anything] }
`;

describe.concurrent("a simulated call", { timeout: 60_000 }, () => {
  test("a conversation with a barge-in: what was heard, how fast, and who hung up", async () => {
    const { verdicts, result, passed, keys } = await run(conversation);
    expect(verdicts.filter(({ outcome }) => outcome === "failed")).toEqual([]);
    expect(passed).toBe(true);
    expect(keys).toEqual(["7"]);
    // The agent answers 300 ms after the voice ended; the word's tail, 20 ms framing and the player's tick come on top.
    const asked = result.turns.find(({ caller }) => caller.startsWith("What"));
    expect(asked?.firstAudioMs).toBeGreaterThan(replyAfterMs - 80);
    expect(asked?.firstAudioMs).toBeLessThan(replyAfterMs + 120);
    // This platform has no API: what needs its events is unknown, not failed.
    expect(verdicts.find(({ what }) => what.includes("anything"))?.outcome).toBe("unknown");
    expect(formatReport(result, verdicts)).toContain("✓ heard in order: we open → of course");
  });

  test("an agent that does not fall silent, and whose frames come late, fails", async () => {
    const { verdicts, passed } = await run(conversation, { deaf: true, holes: true });
    expect(passed).toBe(false);
    const failed = verdicts.filter(({ outcome }) => outcome === "failed").map(({ what }) => what);
    expect(failed).toContain("silent within 300 ms of a barge-in");
    expect(failed).toContain("cleared at least 1 times");
    expect(failed).toContain("at most 0 holes in the agent's speech");
  });

  test("an agent that jumps into a caller's pause is seen", async () => {
    const { verdicts } = await run(
      "name: p\nsteps:\n  - waitFor: agentDone\n  - say: my hours [700] are long\n  - hangUp: now\nexpect: { talkedOverMax: 0 }\n",
    );
    const failed = verdicts.filter(({ outcome }) => outcome === "failed").map(({ what }) => what);
    expect(failed).toEqual(["talked over the caller at most 0 times"]);
  });

  test("a wait in vain fails and ends the call; a cough carries no word; a call can end mid-word", async () => {
    const waited = await run("name: w\nsteps:\n  - waitFor: { words: never }\n    withinMs: 300\n");
    expect(waited.result.failure).toContain("step 1: waited 300 ms in vain");
    const coughed = await run(
      "name: c\nsteps:\n  - cough: { afterMs: 200 }\n  - hangUp: { whileSaying: hours, afterMs: 100 }\nexpect: { endedBy: caller, heard: { notContains: [open] } }\n",
    );
    expect(coughed.verdicts.filter(({ outcome }) => outcome === "failed")).toEqual([]);
    expect(coughed.result.turns.at(-1)?.caller).toContain("mid-word");
  });
});

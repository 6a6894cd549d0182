import { EventEmitter } from "node:events";
import { describe, expect, test } from "vitest";
import type { MediaTransport, TransportHandler } from "../../call/ports.ts";
import { systemClock } from "../../kernel/clock.ts";
import { acceptMediaStream, type StreamSocket, type StreamStart } from "./media-stream.ts";
import { readMessage } from "./wire.ts";

class LinkedSocket extends EventEmitter implements StreamSocket {
  bufferedAmount = 0;
  sent: string[] = [];
  closedWith: number | undefined;
  send(data: string) {
    this.sent.push(data);
  }
  close(code = 1005) {
    this.closedWith = code;
  }
  terminate() {
    this.closedWith = 1006;
  }
  receive(message: unknown) {
    this.emit("message", Buffer.from(typeof message === "string" ? message : JSON.stringify(message)), false);
  }
}

function createLog() {
  const log: unknown[] = [];
  const handler: TransportHandler = {
    onAudio: (frame) => log.push(["audio", Buffer.from(frame).toString("hex")]),
    onMark: (name) => log.push(["mark", name]),
    onDigit: (digit) => log.push(["digit", digit]),
    onText: (text) => log.push(["text", text]),
    onClientTranscript: (text) => log.push(["transcript", text]),
    onClose: (reason) => log.push(["close", reason]),
  };
  return { log, handler };
}

const connected = { event: "connected", protocol: "Call", version: "1.0.0" };
const start = {
  event: "start",
  sequenceNumber: "1",
  start: {
    accountSid: "AC1",
    streamSid: "MZ1",
    callSid: "CA1",
    tracks: ["inbound"],
    customParameters: { token: "abc" },
  },
  streamSid: "MZ1",
};
const media = (chunk: number, hex = "7f7f") => ({
  event: "media",
  sequenceNumber: String(chunk + 1),
  media: {
    track: "inbound",
    chunk: String(chunk),
    timestamp: "5",
    payload: Buffer.from(hex, "hex").toString("base64"),
  },
  streamSid: "MZ1",
});

function open(clock = systemClock) {
  const socket = new LinkedSocket();
  const starts: StreamStart[] = [];
  const refused: string[] = [];
  let transport: MediaTransport | undefined;
  acceptMediaStream(socket, {
    clock,
    onStart: (info, opened) => {
      starts.push(info);
      transport = opened;
    },
    onRefused: (reason) => refused.push(reason),
  });
  const started = () => {
    socket.receive(connected);
    socket.receive(start);
    if (!transport) throw new Error("not started");
    return transport;
  };
  return { socket, starts, refused, started };
}

describe("Twilio media stream", () => {
  test("token and call id come from start; what came before the engine is delivered first, in order", () => {
    const { socket, starts, started } = open();
    const transport = started();
    socket.receive(media(1, "01"));
    socket.receive(media(2, "02"));
    const { log, handler } = createLog();
    transport.start(handler);
    socket.receive(media(3, "03"));
    socket.receive({
      event: "dtmf",
      streamSid: "MZ1",
      sequenceNumber: "5",
      dtmf: { track: "inbound_track", digit: "#" },
    });
    expect(starts).toEqual([{ token: "abc", callSid: "CA1" }]);
    expect(log).toEqual([
      ["audio", "01"],
      ["audio", "02"],
      ["audio", "03"],
      ["digit", "#"],
    ]);
  });

  test("before start only connected is accepted", () => {
    const { socket, starts, started } = open();
    socket.receive(media(1));
    socket.receive({ event: "mark", mark: { name: "x" } });
    socket.receive({ event: "stop" });
    expect(starts).toEqual([]);
    expect(started().stats()).toMatchObject({ malformed: 3, framesIn: 0 });
  });

  test("no start in time closes the socket", () => {
    const timers: (() => void)[] = [];
    const clock = { ...systemClock, setTimer: (_: number, run: () => void) => (timers.push(run), () => undefined) };
    const { socket, refused } = open(clock);
    socket.receive(connected);
    timers[0]?.();
    expect(socket.closedWith).toBe(1008);
    expect(refused).toEqual(["no-start"]);
  });

  test("any key order, white space, escapes and payload size read the same", () => {
    const audio = Buffer.from(Array.from({ length: 333 }, (_, i) => i % 256));
    const payload = audio.toString("base64");
    const forms = [
      `{"event":"media","sequenceNumber":"2","media":{"track":"inbound","chunk":"7","timestamp":"5","payload":"${payload}"},"streamSid":"MZ"}`,
      `{"streamSid":"MZ","media":{"payload":"${payload}","chunk":"7"},"event":"media"}`,
      `{ "event" : "media" , "media" : { "payload" : "${payload}", "chunk" : 7 } }`,
      `{"event":"media","media":{"chunk":"7","payload":"${payload.replaceAll("/", "\\/")}"}}`,
    ];
    for (const form of forms) {
      const message = readMessage(Buffer.from(form));
      expect(message).toMatchObject({ event: "media", position: 7 });
      expect(message?.event === "media" && Buffer.from(message.audio).equals(audio)).toBe(true);
    }
  });

  test("late and repeated frames are dropped and counted; renumbering is followed", () => {
    const { socket, started } = open();
    const transport = started();
    const { log, handler } = createLog();
    transport.start(handler);
    for (const chunk of [1, 2, 4, 3, 4, 5]) socket.receive(media(chunk, `0${chunk}`));
    expect(log.map((entry) => (entry as string[])[1])).toEqual(["01", "02", "04", "05"]);
    expect(transport.stats().outOfOrder).toBe(2);
    socket.receive(media(999_999_999));
    for (let chunk = 6; chunk < 60; chunk++) socket.receive(media(chunk));
    expect(log.length).toBeGreaterThan(30);
  });

  test("marks round trip, also those a clear sends back; a mark nobody set is not delivered", () => {
    const { socket, started } = open();
    const transport = started();
    const { log, handler } = createLog();
    transport.start(handler);
    transport.sendAudio(Uint8Array.of(1, 2, 3));
    transport.sendMark('turn "1"\n');
    transport.clear();
    expect(socket.sent.map((text) => JSON.parse(text))).toEqual([
      { event: "media", streamSid: "MZ1", media: { payload: "AQID" } },
      { event: "mark", streamSid: "MZ1", mark: { name: 'turn "1"\n' } },
      { event: "clear", streamSid: "MZ1" },
    ]);
    const back = { event: "mark", sequenceNumber: "4", streamSid: "MZ1", mark: { name: 'turn "1"\n' } };
    socket.receive(back);
    socket.receive(back);
    socket.receive({ ...back, mark: { name: "never set" } });
    expect(log).toEqual([["mark", 'turn "1"\n']]);
  });

  test("stop, then close, is told once as a hang-up; close alone as a lost connection", () => {
    for (const [events, reason] of [
      [["stop"], "caller-hung-up"],
      [[], "connection-lost"],
    ] as const) {
      const { socket, started } = open();
      const { log, handler } = createLog();
      started().start(handler);
      for (const event of events) socket.receive({ event, streamSid: "MZ1" });
      socket.emit("close", 1000);
      socket.receive(media(9));
      expect(log).toEqual([["close", reason]]);
    }
  });

  test("closing from our side ends the leg, says nothing back and sends nothing more", () => {
    const { socket, started } = open();
    const transport = started();
    const { log, handler } = createLog();
    transport.start(handler);
    transport.close("agent-ended");
    transport.sendAudio(Uint8Array.of(1));
    socket.emit("close", 1000);
    expect(socket.closedWith).toBe(1000);
    expect(socket.sent).toEqual([]);
    expect(log).toEqual([]);
  });

  test("a reader that stopped reading is cut off", () => {
    const { socket, started } = open();
    const { log, handler } = createLog();
    const transport = started();
    transport.start(handler);
    socket.bufferedAmount = 5_000_000;
    transport.sendAudio(Uint8Array.of(1));
    expect(socket.closedWith).toBe(1006);
    expect(log).toEqual([["close", "connection-lost"]]);
  });

  test("malformed and oversized messages are counted and survived", () => {
    const { socket, started } = open();
    const transport = started();
    const { log, handler } = createLog();
    transport.start(handler);
    const bad = [
      "",
      "{",
      "null",
      "[]",
      '"media"',
      "{}",
      '{"event":5}',
      '{"event":"media"}',
      '{"event":"media","media":{"payload":""}}',
    ];
    for (const text of bad) socket.receive(text);
    socket.emit("message", Buffer.from([1, 2, 3]), true);
    socket.receive("x".repeat(70_000));
    socket.receive({ event: "something-new" });
    socket.receive(media(1, "aa"));
    expect(transport.stats()).toEqual({ framesIn: 1, malformed: bad.length + 1, oversized: 1, outOfOrder: 0 });
    expect(log).toEqual([["audio", "aa"]]);
  });

  test("ten thousand random frames crash nothing, and the next good one is heard", () => {
    let seed = 42;
    const random = (below: number) => {
      seed = (seed * 1_103_515_245 + 12_345) & 0x7fffffff;
      return seed % below;
    };
    const { socket, started } = open();
    const transport = started();
    const { log, handler } = createLog();
    transport.start(handler);
    const good = JSON.stringify(media(1));
    for (let round = 0; round < 10_000; round++) {
      const bytes = random(2) === 0 ? Buffer.from(good) : Buffer.alloc(random(400));
      for (let edits = random(12) + 1; edits > 0; edits--) bytes[random(bytes.length + 1)] = random(256);
      socket.emit("message", bytes, random(10) === 0);
    }
    log.length = 0;
    for (let chunk = 1; chunk <= 40; chunk++) socket.receive(media(chunk));
    expect(log.length).toBeGreaterThan(0);
    expect(transport.stats().malformed).toBeGreaterThan(1000);
  });
});

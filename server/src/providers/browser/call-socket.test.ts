import { EventEmitter } from "node:events";
import { describe, expect, test } from "vitest";
import type { MediaTransport, TransportHandler } from "../../call/ports.ts";
import { systemClock } from "../../kernel/clock.ts";
import { acceptCallSocket, type CallScreen, type CallSocket, type CallSocketStart } from "./call-socket.ts";

class LinkedSocket extends EventEmitter implements CallSocket {
  bufferedAmount = 0;
  sent: (string | Uint8Array)[] = [];
  closedWith: number | undefined;
  send(data: string | Uint8Array) {
    this.sent.push(data);
  }
  close(code?: number) {
    this.closedWith = code;
  }
  terminate() {
    this.closedWith = 1006;
  }
  receive(message: unknown) {
    this.emit("message", Buffer.from(typeof message === "string" ? message : JSON.stringify(message)), false);
  }
}

function open() {
  const socket = new LinkedSocket();
  const log: unknown[] = [];
  const refused: string[] = [];
  let opened: { start: CallSocketStart; transport: MediaTransport; screen: CallScreen } | undefined;
  acceptCallSocket(socket, {
    clock: systemClock,
    onStart: (start, transport, screen) => {
      opened = { start, transport, screen };
    },
    onRefused: (reason) => refused.push(reason),
  });
  const handler: TransportHandler = {
    onAudio: (frame) => log.push(["audio", [...frame]]),
    onMark: (name) => log.push(["mark", name]),
    onDigit: (digit) => log.push(["digit", digit]),
    onText: (text) => log.push(["text", text]),
    onClientTranscript: (text, isFinal) => log.push(["transcript", text, isFinal]),
    onClose: (reason) => log.push(["close", reason]),
  };
  const started = () => {
    socket.receive({ type: "start", token: "t", microphone: true });
    if (!opened) throw new Error("not started");
    opened.transport.start(handler);
    return opened;
  };
  return { socket, log, refused, started };
}

describe("the browser's call socket", () => {
  test("every kind of message reaches the engine", () => {
    const { socket, log, started } = open();
    const { start, transport, screen } = started();
    socket.emit("message", Buffer.from([1, 2, 3, 4]), true);
    socket.receive({ type: "text", text: "hello" });
    socket.receive({ type: "dtmf", digit: "5" });
    socket.receive({ type: "transcript", text: "hi", isFinal: true });
    transport.sendMark("m1");
    socket.receive({ type: "mark", name: "m1" });
    socket.receive({ type: "mark", name: "never" });
    screen.setChannel("text");
    expect(start).toEqual({ token: "t", microphone: true });
    expect(transport).toMatchObject({ channel: "text", hasScreen: true });
    expect(log).toEqual([
      ["audio", [1, 2, 3, 4]],
      ["text", "hello"],
      ["digit", "5"],
      ["transcript", "hi", true],
      ["mark", "m1"],
    ]);
    expect(transport.stats()).toMatchObject({ framesIn: 1, malformed: 1 });
  });

  test("anything but start first closes it", () => {
    for (const first of [{ type: "text", text: "hi" }, "nonsense", { type: "start", microphone: true }]) {
      const { socket, refused } = open();
      socket.receive(first);
      expect([socket.closedWith, refused]).toEqual([1008, ["bad-start"]]);
    }
    const { socket, refused } = open();
    socket.emit("message", Buffer.from([1, 2]), true);
    expect([socket.closedWith, refused]).toEqual([1008, ["bad-start"]]);
  });

  test("clear gives the pending marks back, as a carrier does", async () => {
    const { socket, log, started } = open();
    const { transport } = started();
    transport.sendAudio(Uint8Array.of(1, 2));
    transport.sendMark("a");
    transport.sendMark("b");
    transport.clear();
    await Promise.resolve();
    expect(log).toEqual([
      ["mark", "a"],
      ["mark", "b"],
    ]);
    expect(socket.sent.at(-1)).toBe('{"type":"clear"}');
  });

  test("odd bytes, bad JSON and oversized messages are counted and survived", () => {
    const { socket, log, started } = open();
    const { transport } = started();
    socket.emit("message", Buffer.from([1]), true);
    socket.receive("{");
    socket.receive({ type: "dtmf", digit: "55" });
    socket.receive("x".repeat(70_000));
    socket.receive({ type: "text", text: "still here" });
    expect(transport.stats()).toMatchObject({ malformed: 3, oversized: 1 });
    expect(log).toEqual([["text", "still here"]]);
  });

  test("a reader that stopped reading loses interim words first, then the leg", () => {
    const { socket, log, started } = open();
    const { transport, screen } = started();
    socket.bufferedAmount = 600_000;
    const event = { v: 1, seq: 1, atMs: 1 } as const;
    screen.sendEvent({ ...event, type: "transcript-interim", content: { text: "a" } });
    expect(socket.sent).toEqual([]);
    screen.sendEvent({ ...event, type: "transcript-final", content: { text: "a" } });
    expect(socket.sent).toHaveLength(1);
    socket.bufferedAmount = 5_000_000;
    transport.sendAudio(Uint8Array.of(1, 2));
    expect(socket.closedWith).toBe(1006);
    expect(log).toEqual([["close", "connection-lost"]]);
  });

  test("a hang-up and a closed page are told once, and by what they were", () => {
    for (const [how, reason] of [
      ["hang-up", "caller-hung-up"],
      [1001, "caller-hung-up"],
      [1006, "connection-lost"],
    ] as const) {
      const { socket, log, started } = open();
      started();
      if (how === "hang-up") socket.receive({ type: how });
      socket.emit("close", how === "hang-up" ? 1000 : how);
      expect(log).toEqual([["close", reason]]);
    }
  });
});

import { expect, test } from "vitest";
import { ownSocketUrl } from "../call/call-socket.ts";
import { formatDuration, formatMs, formatWhen } from "./format.ts";

test("durations and waits", () => {
  expect([0, 7_400, 760_000, 3_723_000].map(formatDuration)).toEqual(["0:00", "0:07", "12:40", "1:02:03"]);
  expect([8.44, 412.4, 1240].map(formatMs)).toEqual(["8.4 ms", "412 ms", "1.24 s"]);
});

test("times are short where the day is clear", () => {
  const now = new Date(2026, 10, 20, 22, 0);
  expect(formatWhen(new Date(2026, 10, 20, 9, 5).toISOString(), now)).toBe("09:05");
  expect(formatWhen(new Date(2026, 10, 18, 9, 5).toISOString(), now)).toBe("Wed 09:05");
  expect(formatWhen(new Date(2026, 9, 3, 9, 5).toISOString(), now)).toBe("3 Oct, 09:05");
});

test("the call's socket is of the page's own origin, whatever name the server gave", () => {
  expect(ownSocketUrl("ws://localhost:3000/api/v1/calls/c/audio?m=1", "https://desk.example/")).toBe(
    "wss://desk.example/api/v1/calls/c/audio?m=1",
  );
});

import { describe, expect, test } from "vitest";
import { createManualClock } from "../../testing/manual-clock.ts";
import type { CallAssignment } from "../process-messages.ts";
import { createWaitingCalls } from "./waiting-calls.ts";

const announce = (token: string, expiresAtMs: number) =>
  ({ token, expiresAtMs, plan: { callId: `call_${token}` }, channel: "phone" }) as unknown as CallAssignment;

function open() {
  const clock = createManualClock();
  const expired: string[] = [];
  const calls = createWaitingCalls<string>(clock, (call) => expired.push(call.assignment.token));
  const add = (token: string, lifeMs = 60_000) =>
    calls.add({ assignment: announce(token, clock.wallNow() + lifeMs), prepared: token });
  return { clock, expired, calls, add };
}

describe("calls that wait for their socket", () => {
  test("a token opens its own call, once", () => {
    const { calls, add } = open();
    add("a");
    add("b");
    expect(calls.take("b")).toMatchObject({ prepared: "b" });
    expect(calls.take("b")).toBe("used-token");
    expect(calls.take("a")).toMatchObject({ prepared: "a" });
    expect(calls.size).toBe(0);
  });

  test("no token and a made-up one open nothing", () => {
    const { calls, add } = open();
    add("a");
    expect(calls.take(undefined)).toBe("missing-token");
    expect(calls.take("")).toBe("missing-token");
    expect(calls.take("__proto__")).toBe("unknown-token");
    expect(calls.size).toBe(1);
  });

  test("after its minute a token is expired and its call is told so once", async () => {
    const { clock, calls, add, expired } = open();
    add("a");
    await clock.advance(59_999);
    expect(expired).toEqual([]);
    await clock.advance(1);
    expect(expired).toEqual(["a"]);
    expect(calls.take("a")).toBe("expired-token");
    expect(calls.size).toBe(0);
  });

  test("a late timer does not lengthen a token's life", () => {
    const { clock, calls, add, expired } = open();
    add("a", 0);
    expect(clock.wallNow()).toBeGreaterThanOrEqual(0);
    expect(calls.take("a")).toBe("expired-token");
    expect(expired).toEqual(["a"]);
  });
});

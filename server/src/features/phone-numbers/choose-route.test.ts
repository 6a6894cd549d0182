import { type NumberRouting, numberRouting } from "@parley/contract/phone-numbers";
import { describe, expect, test } from "vitest";
import { chooseRoute, isTimeZone } from "./choose-route.ts";

type RoutingInput = Parameters<typeof numberRouting.parse>[0];
const routingOf = (input: RoutingInput): NumberRouting => numberRouting.parse(input);
const at = (iso: string) => ({ atMs: Date.parse(iso), random: () => 0 });
const answers = (routing: NumberRouting, iso: string) => chooseRoute(routing, at(iso))?.agentId;

const day = { agentId: "agent_day" };
const night = { agentId: "agent_night" };
const everyDay = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
const office = routingOf({
  timeZone: "America/New_York",
  rules: [{ weekdays: ["monday", "tuesday"], from: "09:00", to: "17:00", target: [day] }],
  otherwise: [night],
});

describe("who answers by the clock", () => {
  test("a rule holds from its first minute to before its last, on its days, in its zone", () => {
    expect(answers(office, "2026-11-23T13:59:59Z")).toBe("agent_night");
    expect(answers(office, "2026-11-23T14:00:00Z")).toBe("agent_day");
    expect(answers(office, "2026-11-23T21:59:59Z")).toBe("agent_day");
    expect(answers(office, "2026-11-23T22:00:00Z")).toBe("agent_night");
    expect(answers(office, "2026-11-25T15:00:00Z")).toBe("agent_night");
  });

  test("local time rules when clocks are put forward or back", () => {
    // New York left winter time on 8 March 2026 and goes back to it on 1 November.
    expect(answers(office, "2026-03-09T13:00:00Z")).toBe("agent_day");
    expect(answers(office, "2026-03-02T13:00:00Z")).toBe("agent_night");
    expect(answers(office, "2026-10-26T13:00:00Z")).toBe("agent_day");
    expect(answers(office, "2026-11-02T13:00:00Z")).toBe("agent_night");
    const small = routingOf({
      timeZone: "America/New_York",
      rules: [{ weekdays: ["sunday"], from: "01:30", to: "02:30", target: [day] }],
      otherwise: [night],
    });
    // Put back: 01:30 comes twice. Put forward: 02:00 to 03:00 does not come at all.
    expect(answers(small, "2026-11-01T05:30:00Z")).toBe("agent_day");
    expect(answers(small, "2026-11-01T06:30:00Z")).toBe("agent_day");
    expect(answers(small, "2026-03-08T06:59:00Z")).toBe("agent_day");
    expect(answers(small, "2026-03-08T07:00:00Z")).toBe("agent_night");
  });

  test("a rule past midnight belongs to the day it began on", () => {
    const late = routingOf({
      timeZone: "Africa/Cairo",
      rules: [{ weekdays: ["friday"], from: "22:00", to: "06:00", target: [day] }],
      otherwise: [night],
    });
    expect(answers(late, "2026-11-20T19:59:00Z")).toBe("agent_night");
    expect(answers(late, "2026-11-20T20:00:00Z")).toBe("agent_day");
    expect(answers(late, "2026-11-21T03:59:00Z")).toBe("agent_day");
    expect(answers(late, "2026-11-21T04:00:00Z")).toBe("agent_night");
    expect(answers(late, "2026-11-20T03:00:00Z")).toBe("agent_night");
  });

  test("from and to alike is a whole day, 24:00 is its end, and the first rule that matches decides", () => {
    const whole = routingOf({
      timeZone: "UTC",
      rules: [
        { weekdays: ["sunday"], from: "00:00", to: "24:00", target: [night] },
        { weekdays: everyDay as never, from: "08:00", to: "08:00", target: [day] },
      ],
      otherwise: [{ agentId: "agent_never" }],
    });
    expect(answers(whole, "2026-11-22T23:59:59Z")).toBe("agent_night");
    expect(answers(whole, "2026-11-23T00:00:00Z")).toBe("agent_day");
    expect(answers(whole, "2026-11-23T07:59:00Z")).toBe("agent_day");
  });

  test("zones are IANA's", () => {
    expect([isTimeZone("Africa/Cairo"), isTimeZone("Mars/Olympus")]).toEqual([true, false]);
  });
});

describe("a split", () => {
  const split = routingOf({
    timeZone: "UTC",
    otherwise: [
      { agentId: "agent_a", variant: "A", weight: 1 },
      { agentId: "agent_b", variant: "B", weight: 3, version: 4 },
      { agentId: "agent_c", variant: "C", weight: 0 },
    ],
  });
  const drawn = (random: number) => chooseRoute(split, { atMs: 0, random: () => random });

  test("goes by the weights", () => {
    expect(drawn(0)).toEqual({ agentId: "agent_a", variant: "A" });
    expect(drawn(0.2499)).toMatchObject({ variant: "A" });
    expect(drawn(0.25)).toEqual({ agentId: "agent_b", variant: "B", version: 4 });
    expect(drawn(0.999999999)).toMatchObject({ variant: "B" });
  });

  test("without weight is never chosen, over many draws the shares are the weights'", () => {
    const counts: Record<string, number> = {};
    for (let index = 0; index < 10_000; index++) {
      const variant = drawn(index / 10_000)?.variant ?? "";
      counts[variant] = (counts[variant] ?? 0) + 1;
    }
    expect(counts).toEqual({ A: 2500, B: 7500 });
  });

  test("needs a name for each share, and a weight above nothing", () => {
    const unnamed = { timeZone: "UTC", otherwise: [{ agentId: "a" }, { agentId: "b" }] };
    expect(numberRouting.safeParse(unnamed).success).toBe(false);
    expect(numberRouting.safeParse({ timeZone: "UTC", otherwise: [{ agentId: "a", weight: 0 }] }).success).toBe(false);
  });
});

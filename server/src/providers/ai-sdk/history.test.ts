import { describe, expect, test } from "vitest";
import type { ConversationMessage } from "../../call/ports.ts";
import { orderHistory, placeContextInCallerTurn } from "./history.ts";

const call = (id: string) => ({ id, name: "find", input: {} });
const result = (toolCallId: string, output: string): ConversationMessage => ({
  role: "tool",
  toolCallId,
  name: "find",
  output,
  failed: false,
});

describe("a conversation in order", () => {
  test("an id used twice gets each its own result", () => {
    const steps = orderHistory([
      { role: "agent", text: "", toolCalls: [call("call_0")] },
      result("call_0", "first"),
      { role: "caller", text: "And tomorrow?" },
      { role: "agent", text: "", toolCalls: [call("call_0")] },
      result("call_0", "second"),
    ]);
    const outputs = steps.flatMap((step) => (step.role === "agent" ? step.results.map((one) => one.output) : []));
    expect(outputs).toEqual(["first", "second"]);
  });

  test("a result that came after the caller spoke moves behind its call; one without a call is dropped", () => {
    const steps = orderHistory([
      { role: "agent", text: "Booking.", toolCalls: [call("a")] },
      { role: "caller", text: "Hurry." },
      result("a", "done"),
      result("nobody", "lost"),
    ]);
    expect(steps).toEqual([
      {
        role: "agent",
        text: "Booking.",
        toolCalls: [call("a")],
        results: [{ toolCallId: "a", name: "find", output: "done", failed: false }],
      },
      { role: "caller", text: "Hurry." },
    ]);
  });

  test("what the agent said in pieces becomes one message", () => {
    const steps = orderHistory([
      { role: "agent", text: "Hello." },
      { role: "agent", text: " How can I help? " },
    ]);
    expect(steps).toEqual([{ role: "agent", text: "Hello.\nHow can I help?", toolCalls: [], results: [] }]);
  });
});

describe("context inside the caller's turn", () => {
  test("goes to the newest caller message, before the tools of this turn", () => {
    const steps = orderHistory([
      { role: "caller", text: "Hello" },
      { role: "agent", text: "Hi." },
      { role: "caller", text: "Is ten free?" },
      { role: "agent", text: "", toolCalls: [call("a")] },
      result("a", "yes"),
    ]);
    const placed = placeContextInCallerTurn(steps, "It is nine.");
    expect(placed.map((step) => step.role)).toEqual(["caller", "agent", "caller", "agent"]);
    expect(placed[0]?.text).toBe("Hello");
    expect(placed[2]?.text).toContain("It is nine.");
  });

  test("a conversation the agent began, or has the last word of, still begins and ends with the caller", () => {
    const placed = placeContextInCallerTurn(orderHistory([{ role: "agent", text: "Hello, this is Parley." }]), "");
    expect(placed.map((step) => step.role)).toEqual(["caller", "agent", "caller"]);
    expect(placeContextInCallerTurn([], "").map((step) => step.role)).toEqual(["caller"]);
  });
});

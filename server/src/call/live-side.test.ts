/** What happens to a call from beside it: words that call for help, a transfer, another agent, an operator. */
import { describe, expect, test } from "vitest";
import { bookTool, endCallTool, simulateCall } from "../testing/simulate-call.ts";
import type { ModelPart } from "./ports.ts";

const help = "Please hang up now and ring one two three, they will send somebody to you at once.";
const emergency = { words: ["chest pain"], say: help };
const toolCall = (name: string, input: unknown = {}): ModelPart => ({
  type: "tool-call",
  call: { id: `call-${name}`, name, input },
});

describe("words that call for help", () => {
  test("an interim transcript is enough: the plan's words are spoken at once, without a model", async () => {
    const call = simulateCall({ plan: { emergency } });
    await call.pastGreeting();
    call.line.voiced = true;
    await call.advance(400);
    call.stt.emit({ type: "interim", text: "My father has chest pain and" });
    const saidAtMs = call.clock.now();
    await call.advance(200);
    const [event] = call.of("emergency");
    expect(event).toMatchObject({ transfers: false, content: { word: "chest pain" } });
    expect(call.of("reply-text").at(-1)).toMatchObject({ phrase: "emergency", content: { text: help } });
    const heard = call.of("reply-first-audio").at(-1)!;
    expect(heard.phrase).toBe("emergency");
    expect(heard.atMs - event!.atMs).toBeLessThan(200);
    expect(saidAtMs).toBeGreaterThan(0);
    expect(call.model.requests).toHaveLength(0);
    expect(call.of("turn-latency")).toHaveLength(1);
  });

  test("the running reply is cut, and nothing the caller does cuts the help", async () => {
    const call = simulateCall({
      plan: { emergency },
      answer: () => ["We are open from nine to five on all weekdays, and longer on Mondays."],
    });
    await call.pastGreeting();
    await call.say("What are your hours?");
    await call.advance(600);
    expect(call.of("reply-first-audio").at(-1)!.phrase).toBeUndefined();
    await call.say("Help, chest pain!", { durationMs: 400 });
    expect(call.of("reply-finished").at(-1)).toMatchObject({ outcome: "interrupted" });
    await call.advance(500);
    call.line.press("5");
    await call.say("What did you say? Wait, wait, stop please.", { durationMs: 1500 });
    await call.advance(6000);
    const said = call.of("reply-finished").find((event) => event.phrase === "emergency")!;
    expect(said).toMatchObject({ outcome: "completed", content: { heard: help, unheard: "" } });
    expect(call.of("emergency")).toHaveLength(1);
    // What was said meanwhile is answered afterwards.
    expect(call.of("turn-committed").length).toBeGreaterThan(2);
  });

  test("a transfer follows where the line can be put through, once, after the words were heard", async () => {
    const call = simulateCall({ plan: { emergency: { ...emergency, transferTo: "+2012" } } });
    await call.pastGreeting();
    await call.say("chest pain");
    await call.advance(10_000);
    const types = call.events.map((event) => event.type);
    expect(call.of("transfer-started")).toMatchObject([{ by: "emergency", content: { to: "+2012" } }]);
    expect(call.of("call-ended")).toMatchObject([{ reason: "transferred" }]);
    expect(types.indexOf("transfer-started")).toBeLessThan(types.lastIndexOf("reply-finished"));
    expect(call.of("reply-finished").at(-1)).toMatchObject({ phrase: "emergency", outcome: "completed" });
  });

  test("typed words count; a negation does not", async () => {
    const call = simulateCall({ plan: { emergency: { ...emergency, transferTo: "+2012" } }, channel: "text" });
    await call.advance(50);
    call.line.type("I don't have chest pain");
    await call.advance(200);
    expect(call.of("emergency")).toHaveLength(0);
    call.line.type("now I have chest pain");
    await call.advance(200);
    expect(call.of("emergency")).toMatchObject([{ transfers: false }]);
    expect(call.of("transfer-started")).toHaveLength(0);
    expect(call.of("call-ended")).toHaveLength(0);
  });
});

describe("a transfer by the agent", () => {
  const transferTo = "+15550100";

  test("is said, heard, and then the leg ends with its reason", async () => {
    const call = simulateCall({
      plan: { transferTo },
      answer: () => ["I'm putting you through.", toolCall("transfer_call", { reason: "asked" })],
    });
    await call.pastGreeting();
    await call.say("I want to speak to a person.");
    await call.advance(8000);
    expect(call.model.requests[0]!.tools.map((tool) => tool.name)).toContain("transfer_call");
    expect(call.of("transfer-started")).toMatchObject([{ by: "agent", content: { to: transferTo } }]);
    expect(call.of("reply-finished").at(-1)!.content.heard).toBe("I'm putting you through.");
    expect(call.of("call-ended")).toMatchObject([{ reason: "transferred" }]);
    expect(call.line.closed).toBe("transferred");
  });

  test("without a word of the model's the platform says it", async () => {
    const call = simulateCall({ plan: { transferTo }, answer: () => [toolCall("transfer_call")] });
    await call.pastGreeting();
    await call.say("A person, please.");
    await call.advance(8000);
    expect(call.of("reply-finished").at(-1)!.content.heard).toBe("One moment, I'm putting you through.");
    expect(call.of("call-ended")).toMatchObject([{ reason: "transferred" }]);
  });

  test("elsewhere than on a telephone the model is told to offer a call back", async () => {
    const call = simulateCall({
      plan: { transferTo },
      channel: "web",
      answer: (_request, number) => (number === 1 ? [toolCall("transfer_call")] : ["Somebody will call you back."]),
    });
    await call.pastGreeting();
    await call.say("A person, please.");
    await call.advance(4000);
    expect(JSON.stringify(call.model.requests.at(-1)!.messages)).toContain("call back");
    expect(call.of("transfer-unavailable")).toMatchObject([{ by: "agent" }]);
    expect(call.of("call-ended")).toHaveLength(0);
  });

  test("is not offered without a number", async () => {
    const call = simulateCall();
    await call.pastGreeting();
    await call.say("A person, please.");
    await call.advance(500);
    expect(call.model.requests[0]!.tools.map((tool) => tool.name)).not.toContain("transfer_call");
  });
});

describe("another agent takes over", () => {
  const sales = {
    agentId: "agent_sales",
    agentName: "Sales",
    when: "The caller wants to buy.",
    instructions: "Sell.",
    greeting: "Sales speaking, hello.",
    language: "ar-EG",
    voice: "voice-2",
    keyterms: ["invoice"],
    tools: [bookTool],
  };
  const handsOver = () =>
    simulateCall({
      plan: { handoffs: [sales], tools: [endCallTool] },
      answer: (_request, number) =>
        number === 1
          ? ["I'll hand you over.", toolCall("handoff_to_agent", { agent: "Sales" })]
          : ["It costs ten pounds."],
    });

  test("greets once, and the next turn is its own with the conversation as it stands", async () => {
    const call = handsOver();
    await call.pastGreeting();
    await call.say("I want to buy something.");
    await call.advance(6000);
    expect(call.model.requests[0]!.tools.at(-1)).toMatchObject({ name: "handoff_to_agent" });
    expect(call.model.requests[0]!.tools.at(-1)!.description).toContain("Sales: The caller wants to buy.");
    expect(call.of("handed-off")).toMatchObject([{ agentId: "agent_sales", agentName: "Sales", language: "ar-EG" }]);
    expect(call.of("reply-finished").at(-1)).toMatchObject({
      phrase: "handoff-greeting",
      content: { heard: "Sales speaking, hello." },
    });
    expect(call.stt.opened.at(-1)).toMatchObject({ language: "ar-EG", keyterms: ["invoice"] });
    expect(call.tts.opened.at(-1)).toMatchObject({ language: "ar-EG", voice: "voice-2" });
    await call.say("بكام؟");
    await call.advance(3000);
    const request = call.model.requests.at(-1)!;
    expect(request).toMatchObject({ instructions: "Sell.", language: "ar-EG" });
    expect(request.tools.map((tool) => tool.name)).toEqual(["book"]);
    expect(request.messages[1]).toMatchObject({ role: "caller", text: "I want to buy something." });
    expect(call.of("reply-text").filter((event) => event.phrase === "handoff-greeting")).toHaveLength(1);
  });

  test("a caller who speaks over the announcement is answered by the new agent", async () => {
    const call = handsOver();
    await call.pastGreeting();
    await call.say("I want to buy something.");
    await call.advance(500);
    await call.say("And how much is it?", { durationMs: 800 });
    await call.advance(4000);
    expect(call.of("handed-off")).toHaveLength(1);
    expect(call.model.requests.at(-1)!.instructions).toBe("Sell.");
  });
});

describe("an operator", () => {
  test("speaks in the agent's voice", async () => {
    const call = simulateCall();
    await call.pastGreeting();
    call.running.push({ type: "operator", command: { type: "say", text: "The doctor is on the way." } });
    await call.advance(3000);
    expect(call.of("reply-finished").at(-1)).toMatchObject({
      phrase: "operator-say",
      content: { heard: "The doctor is on the way." },
    });
  });

  test("whispers to the model alone", async () => {
    const call = simulateCall();
    await call.pastGreeting();
    call.running.push({ type: "operator", command: { type: "whisper", text: "Offer ten percent off." } });
    await call.say("What does it cost?");
    await call.advance(3000);
    const request = call.model.requests.at(-1)!;
    expect(request.context).toContain("Offer ten percent off.");
    expect(JSON.stringify(request.messages)).not.toContain("percent");
    expect(call.tts.spoken.join(" ")).not.toContain("percent");
    expect(call.of("operator-whisper")).toMatchObject([{ content: { text: "Offer ten percent off." } }]);
  });

  test("transfers: the caller hears so, and the leg ends; what is said while help is said comes after it", async () => {
    const call = simulateCall({ plan: { emergency } });
    await call.pastGreeting();
    await call.say("chest pain");
    call.running.push({ type: "operator", command: { type: "say", text: "Stay calm." } });
    await call.advance(6000);
    const phrases = call.of("reply-finished").map((event) => [event.phrase, event.outcome]);
    expect(phrases).toContainEqual(["emergency", "completed"]);
    expect(phrases.at(-1)).toEqual(["operator-say", "completed"]);
    call.running.push({ type: "operator", command: { type: "transfer", to: "+15550199" } });
    await call.advance(6000);
    expect(call.of("transfer-started")).toMatchObject([{ by: "operator", content: { to: "+15550199" } }]);
    expect(call.of("call-ended")).toMatchObject([{ reason: "transferred" }]);
  });
});

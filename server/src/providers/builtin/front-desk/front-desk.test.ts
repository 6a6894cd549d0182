import { brightSmileArabic, brightSmileEnglish, type DemoBusiness } from "@parley/contract/demo-business";
import { DateTime } from "luxon";
import { describe, expect, test } from "vitest";
import type { ConversationMessage, ToolCall, ToolSpec } from "../../../call/ports.ts";
import type { Clock } from "../../../kernel/clock.ts";
import { createFrontDesk } from "./front-desk.ts";

const nowMs = Date.parse("2026-11-23T15:00:00Z"); // a Monday: 10:00 in New York, 17:00 in Cairo
const clock: Clock = { now: () => 0, wallNow: () => nowMs, setTimer: () => () => undefined };
const allTools = [
  "check_availability",
  "book_appointment",
  "reschedule_appointment",
  "cancel_appointment",
  "take_message",
  "end_call",
];

type Deed = { output: unknown; failed?: boolean };

/** A conversation with a calendar that is free every half hour from 10 to 17 except at 11:00. */
function openDesk(
  demo: DemoBusiness,
  options: { tools?: readonly string[]; run?: (call: ToolCall) => Deed | undefined } = {},
) {
  const model = createFrontDesk({ clock });
  const messages: ConversationMessage[] = [{ role: "agent", text: demo.greeting }];
  const calls: ToolCall[] = [];
  const tools: ToolSpec[] = (options.tools ?? allTools).map((name) => ({
    name,
    description: "",
    inputSchema: {},
    effect: "write",
  }));
  const runTool = (call: ToolCall): Deed => {
    const input = call.input as Record<string, string>;
    if (call.name !== "check_availability")
      return { output: { appointmentId: "a1", startsAt: input["startsAt"] ?? input["newStartsAt"] } };
    const day = DateTime.fromISO(`${input["date"]}T10:00`, { zone: demo.timeZone });
    const slots = Array.from({ length: 15 }, (_, index) => day.plus({ minutes: 30 * index }).toISO() ?? "");
    return { output: { slots: slots.filter((slot) => !slot.includes("T11:00")) } };
  };
  const step = async (): Promise<string> => {
    let text = "";
    const toolCalls: ToolCall[] = [];
    const request = {
      instructions: demo.instructions,
      context: "",
      messages,
      tools,
      language: demo.language,
      maxOutputTokens: 300,
    };
    for await (const part of model.generate({ ...request, signal: new AbortController().signal })) {
      if (part.type === "text") text += part.text;
      if (part.type === "tool-call") toolCalls.push(part.call);
    }
    messages.push({ role: "agent", text, ...(toolCalls.length > 0 ? { toolCalls } : {}) });
    for (const call of toolCalls) {
      calls.push(call);
      const deed = options.run?.(call) ?? runTool(call);
      if (call.name !== "end_call")
        messages.push({
          role: "tool",
          toolCallId: call.id,
          name: call.name,
          output: deed.output,
          failed: deed.failed ?? false,
        });
    }
    return toolCalls.some((call) => call.name !== "end_call") ? text + (await step()) : text;
  };
  return {
    calls,
    messages,
    say: (text: string) => {
      messages.push({ role: "caller", text });
      return step();
    },
    deeds: () => calls.filter((call) => call.name !== "check_availability"),
  };
}

describe("booking in English", () => {
  test("one question at a time, then a summary, then the deed, then goodbye", async () => {
    const desk = openDesk(brightSmileEnglish);
    expect(await desk.say("hi i'd like to book a cleaning")).toMatch(/day/i);
    expect(await desk.say("tomorrow")).toMatch(/10 AM.*or 5 PM/);
    expect(await desk.say("half past two")).toMatch(/name/i);
    expect(await desk.say("sara ahmed")).toMatch(/phone/i);
    const summary = await desk.say("six one seven five five five zero one nine nine");
    expect(summary).toBe(
      "So that's Tuesday, November 24th at 2:30 PM for cleaning, name Sara Ahmed, phone 617 555 0199. Is that right?",
    );
    expect(desk.deeds()).toEqual([]);
    expect(await desk.say("yes please")).toMatch(/all set.*Tuesday, November 24th at 2:30 PM/);
    expect(desk.deeds().map((call) => [call.name, call.input])).toEqual([
      [
        "book_appointment",
        { service: "Cleaning", startsAt: "2026-11-24T14:30:00-05:00", name: "Sara Ahmed", phone: "+16175550199" },
      ],
    ]);
    expect(await desk.say("no thanks, bye")).toMatch(/goodbye/i);
    expect(desk.calls.at(-1)?.name).toBe("end_call");
  });

  test("several facts at once, a taken time, a digression and a correction", async () => {
    const desk = openDesk(brightSmileEnglish);
    expect(await desk.say("Can I get a check-up on Wednesday at eleven, my name is John Smith")).toMatch(
      /11 AM isn't free.*10:30 AM or 11:30 AM/,
    );
    const aside = await desk.say("how much is whitening by the way");
    expect(aside).toMatch(/250/);
    expect(aside).toMatch(/10:30 AM or 11:30 AM/);
    expect(await desk.say("the second one")).toMatch(/phone/i);
    expect(await desk.say("my number is 617 555 0123")).toMatch(/Wednesday, November 25th at 11:30 AM for check-up/);
    expect(await desk.say("no, at four")).toMatch(/Wednesday, November 25th at 4 PM/);
    expect(desk.deeds()).toEqual([]);
    await desk.say("yeah that's right");
    expect(desk.deeds()[0]?.input).toMatchObject({
      startsAt: "2026-11-25T16:00:00-05:00",
      service: "Check-up",
      name: "John Smith",
    });
    expect(await desk.say("actually cancel that")).toMatch(/cancel the appointment under 617 555 0123/);
    await desk.say("yes");
    expect(desk.deeds()[1]).toMatchObject({ name: "cancel_appointment", input: { phone: "+16175550123" } });
  });

  test("dropping it half way writes nothing", async () => {
    const desk = openDesk(brightSmileEnglish);
    await desk.say("book a filling for friday at 3");
    expect(await desk.say("actually cancel that")).toMatch(/no problem|left that/i);
    expect(await desk.say("no that's all")).toMatch(/goodbye/i);
    expect(desk.deeds().map((call) => call.name)).toEqual(["end_call"]);
  });

  test("a closed day and a service that is not offered", async () => {
    const desk = openDesk(brightSmileEnglish);
    expect(await desk.say("I want to book an implant")).toMatch(/don't offer/);
    expect(await desk.say("ok a check up then on sunday")).toMatch(/closed on Sunday/);
    expect(await desk.say("monday morning")).toMatch(/Monday, November 30th.*AM/);
  });

  test("a failed booking is told with the alternatives; a second way out is a message", async () => {
    let tries = 0;
    const desk = openDesk(brightSmileEnglish, {
      run: (call) => {
        if (call.name !== "book_appointment") return undefined;
        tries++;
        return tries === 1
          ? {
              failed: true,
              output: {
                publicMessage: "Taken.",
                alternatives: ["2026-11-24T15:00:00-05:00", "2026-11-24T15:30:00-05:00"],
              },
            }
          : { failed: true, output: "The calendar does not answer." };
      },
    });
    await desk.say("book a cleaning tomorrow at 2, name is Ann Lee, phone 617 555 0199");
    expect(await desk.say("yes")).toMatch(/just taken.*3 PM or 3:30 PM/);
    expect(await desk.say("three thirty")).toMatch(/3:30 PM for cleaning/);
    expect(await desk.say("correct")).toMatch(/calendar does not answer.*message/);
    expect(await desk.say("yes please")).toMatch(/617 555 0199.*right/);
    await desk.say("yes");
    expect(desk.deeds().at(-1)).toMatchObject({
      name: "take_message",
      input: { name: "Ann Lee", phone: "+16175550199" },
    });
  });
});

test("a booking that nobody knows the outcome of is told as that, without what is meant for a model", async () => {
  const output = { status: "not certain; do not say that it is done", error: "The time is held. Do not say: booked." };
  const run = (call: ToolCall) => (call.name === "book_appointment" ? { failed: true, output } : undefined);
  const desk = openDesk(brightSmileEnglish, { run });
  await desk.say("book a cleaning tomorrow at 2, name is Ann Lee, phone 617 555 0199");
  const told = await desk.say("yes");
  expect(told).toMatch(/^I've asked for that, but it isn't certain yet\./);
  expect(told).not.toMatch(/Do not say|message|all set/);
  expect(await desk.say("no, that's all")).toMatch(/bye|day/i);
  expect(desk.calls.filter(({ name }) => name === "book_appointment")).toHaveLength(1);
});

test("of a failure's words the caller is told what happened, not what a model should do", async () => {
  const output = {
    error: "The calendar cannot be reached right now. Apologise, and offer to take a message. Say: sorry.",
  };
  const run = (call: ToolCall) => (call.name === "book_appointment" ? { failed: true, output } : undefined);
  const desk = openDesk(brightSmileEnglish, { run });
  await desk.say("book a cleaning tomorrow at 2, name is Ann Lee, phone 617 555 0199");
  const told = await desk.say("yes");
  expect(told).toMatch(
    /couldn't do that\. The calendar cannot be reached right now\. Would you like to leave a message/,
  );
  expect(told).not.toMatch(/Apologise|Say:/);
});

describe("booking in Egyptian Arabic", () => {
  test("a whole call", async () => {
    const desk = openDesk(brightSmileArabic);
    expect(await desk.say("السلام عليكم عايز احجز تنضيف")).toMatch(/يوم/);
    expect(await desk.say("بعد بكره العصر")).toMatch(/يوم الأربع 25 نوفمبر/);
    expect(await desk.say("الساعة تلاتة ونص")).toMatch(/اسم/);
    expect(await desk.say("سارة أحمد")).toMatch(/رقم/);
    expect(await desk.say("زيرو عشرة")).toMatch(/كمل/);
    expect(await desk.say("تلاتة وعشرين خمسة واربعين سبعة وستين تمانية وتمانين")).toMatch(
      /الأربع 25 نوفمبر الساعة تلاتة ونص العصر، تنضيف أسنان، باسم سارة أحمد/,
    );
    expect(await desk.say("ايوه تمام")).toMatch(/تم الحجز/);
    expect(desk.deeds()[0]?.input).toEqual({
      service: "تنضيف أسنان",
      startsAt: "2026-11-25T15:30:00+02:00",
      name: "سارة أحمد",
      phone: "+201023456788",
    });
    expect(await desk.say("لا شكرا مع السلامة")).toMatch(/سلامة/);
  });

  test("moving an appointment", async () => {
    const desk = openDesk(brightSmileArabic);
    expect(await desk.say("عايزة أأجل ميعادي")).toMatch(/رقم/);
    expect(await desk.say("٠١٠٢٣٤٥٦٧٨٨")).toMatch(/يوم/);
    expect(await desk.say("الخميس الجاي الساعة اربعة")).toMatch(/الخميس 26 نوفمبر الساعة أربعة العصر/);
    await desk.say("اه");
    expect(desk.deeds()[0]).toMatchObject({
      name: "reschedule_appointment",
      input: { phone: "+201023456788", newStartsAt: "2026-11-26T16:00:00+02:00" },
    });
  });

  test("an Arabic caller of an English practice is answered in Arabic", async () => {
    const desk = openDesk(brightSmileEnglish);
    expect(await desk.say("عايز أحجز appointment تنضيف بكرة الساعة ٣")).toMatch(/اسم/);
  });
});

describe("other callers", () => {
  test("an emergency is answered at once, and a call back is offered", async () => {
    const desk = openDesk(brightSmileArabic);
    expect(await desk.say("الحقوني ابني بينزف والدم مش بيقف")).toMatch(/123/);
    expect(await desk.say("ايوه بلغهم")).toMatch(/اسم/);
  });

  test("unclear twice offers a person, and the message is taken", async () => {
    const desk = openDesk(brightSmileEnglish);
    await desk.say("florb the gnarl");
    expect(await desk.say("")).toMatch(/call you back/);
    expect(await desk.say("yes")).toMatch(/name/i);
    await desk.say("Peter Pan");
    await desk.say("617 555 0188");
    await desk.say("right");
    expect(desk.deeds()[0]).toMatchObject({
      name: "take_message",
      input: { name: "Peter Pan", phone: "+16175550188" },
    });
  });

  test("a message with its words", async () => {
    const desk = openDesk(brightSmileEnglish);
    expect(await desk.say("can you tell doctor carter that i'm running ten minutes late")).toMatch(/name/i);
    await desk.say("it's Mona");
    expect(await desk.say("6175550188")).toMatch(/running ten minutes late/);
    await desk.say("yes");
    expect(desk.deeds()[0]?.input).toMatchObject({ name: "Mona", message: "i'm running ten minutes late" });
  });

  test("without tools the wish is noted in words", async () => {
    const desk = openDesk(brightSmileEnglish, { tools: [] });
    await desk.say("book a cleaning tomorrow at 2, name is Ann Lee, phone 617 555 0199");
    expect(await desk.say("yes")).toMatch(/team will call you back/);
    expect(desk.calls).toEqual([]);
  });

  test("resumes what another model began", async () => {
    const desk = openDesk(brightSmileEnglish);
    desk.messages.push(
      { role: "caller", text: "I need a filling tomorrow at three please" },
      { role: "agent", text: "Lovely! And who am I speaking with?" },
    );
    expect(await desk.say("Omar Khaled")).toMatch(/phone/i);
  });

  test("keys alone: menu, number, message", async () => {
    const desk = openDesk(brightSmileEnglish);
    expect(await desk.say("[keypad] 2")).toMatch(/Harbor Street/);
    expect(await desk.say("[keypad] 1")).toMatch(/type your phone number/);
    for (const digit of "617555019") expect(await desk.say(`[keypad] ${digit}`)).toBe("Okay.");
    expect(await desk.say("[keypad] 9#")).toMatch(/617 555 0199.*Press 1/);
    expect(await desk.say("[keypad] 1")).toMatch(/passed that on/);
    expect(desk.deeds()[0]).toMatchObject({ name: "take_message", input: { phone: "+16175550199" } });
  });

  test.each([
    "",
    " ",
    "😀😀😀",
    "1".repeat(5000),
    "عايز ".repeat(1000),
    "a b ".repeat(1250),
    "\u202Eabc\u202C مرحبا 123",
    "[keypad]",
    "[keypad] ****",
  ])("answers in words to hostile input %#", async (text) => {
    const desk = openDesk(brightSmileEnglish);
    const startedAt = performance.now();
    expect((await desk.say(text)).length).toBeGreaterThan(5);
    expect(performance.now() - startedAt).toBeLessThan(200);
  });

  test("opening hours are said as people say them", async () => {
    expect(await openDesk(brightSmileArabic).say("مواعيدكم ايه")).toMatch(
      /من السبت للخميس من الساعة عشرة الصبح للساعة عشرة بالليل/,
    );
    expect(await openDesk(brightSmileEnglish).say("are you open on sunday")).toMatch(
      /closed on Sunday, November 29th.*Monday to Friday/,
    );
  });
});

import { describe, expect, it } from "vitest";
import { isRobocall } from "./robocall.ts";

const said = (text: string, durationMs = 3000, startedAtMs = 500) =>
  isRobocall({ text, before: "", startedAtMs, endedAtMs: startedAtMs + durationMs });

describe("a machine that reads something out", () => {
  it.each([
    ["This is an important message about your vehicle warranty."],
    ["Hello. We've been trying to reach you about your car's extended warranty. Press one to speak with a specialist."],
    ["This is the final notice. Your social security number has been suspended. Do not hang up."],
    ["Congratulations, you have been selected for a free cruise. Press 1 now, or press 9 to be removed."],
    ["I am calling about your car's extended warranty. This is your final notice."],
    ["هذه رسالة مسجلة من شركتنا، اضغط واحد للاستماع"],
    ["عزيزي العميل، تم إيقاف حسابك"],
    ["لقد ربحت معنا رحلة، اضغط رقم ١"],
  ])("%s", (text) => {
    expect(said(text)).toBe(true);
  });

  it("one phrase is enough in what is long enough to be read out, and no later than a call's beginning", () => {
    const text = "Hello, our records show that you qualify for a lower payment, press one to hear more.";
    expect(said(text, 9000)).toBe(true);
    expect(said(text, 3000)).toBe(false);
    expect(said(text, 9000, 25_000)).toBe(false);
  });
});

describe("a person is never taken for one", () => {
  it.each([
    ["Your menu told me to press one.", 9000],
    ["Hello? Hello, is anybody there? Press one, press two, it never ends.", 4000],
    [
      "I wanted to ask about my appointment on Tuesday, and whether you could move it to the afternoon instead please.",
      12_000,
    ],
    [
      "Hi, my bank sent me an urgent message, it says your account has been suspended, press one, is that you? I am worried.",
      9000,
    ],
    [
      "Someone is threatening legal action over a fence, and we need a lawyer who can see us this week, on Thursday ideally.",
      9000,
    ],
    [
      "There was suspicious activity on the card last night, it was used in three shops, so could it be blocked please?",
      9000,
    ],
    [
      "The car warranty ran out last month, do you still do repairs for that model, and what would a new gearbox cost?",
      9000,
    ],
    [
      "Please don't hang up, the line is bad here, wait, okay, now it is better, hello, good morning to you all there.",
      2000,
    ],
    ["أنا جالي رسالة بتقول تم إيقاف حسابك واضغط واحد، الكلام ده صحيح؟", 9000],
    ["عايز أحجز ميعاد عند الدكتور يوم الخميس الصبح لو سمحت عشان ابني تعبان من امبارح وعنده حرارة عالية", 9000],
    ["السلام عليكم، ممكن تقولي مواعيدكم إيه النهارده وبكره؟", 4000],
    ["وصلتني مكالمة مسجلة بتقول ربحت جائزة، دي منكم؟", 5000],
  ])("%s", (text, durationMs) => {
    expect(said(text, durationMs)).toBe(false);
  });
});

import { brightSmileArabic, brightSmileEnglish, type DemoBusiness } from "@parley/contract/demo-business";
import { expect, test } from "vitest";
import type { Passage } from "../../../call/ports.ts";
import type { Clock } from "../../../kernel/clock.ts";
import { createFrontDesk } from "./front-desk.ts";

const clock: Clock = {
  now: () => 0,
  wallNow: () => Date.parse("2026-11-23T15:00:00Z"),
  setTimer: () => () => undefined,
};

function passage(text: string, about: Partial<Passage> & { title?: string } = {}): Passage {
  const { title = "upload-3.pdf", ...rest } = about;
  return { id: "p", text, score: 1, coverage: 0.9, source: { id: "s", title }, ...rest };
}

async function answer(demo: DemoBusiness, question: string, passages?: readonly Passage[]): Promise<string> {
  let text = "";
  const request = {
    ...{ instructions: demo.instructions, context: "", tools: [], language: demo.language, maxOutputTokens: 300 },
    messages: [
      { role: "agent" as const, text: demo.greeting },
      { role: "caller" as const, text: question },
    ],
    ...(passages === undefined ? {} : { passages }),
    signal: new AbortController().signal,
  };
  for await (const part of createFrontDesk({ clock }).generate(request)) if (part.type === "text") text += part.text;
  return text;
}

const sedation = passage(
  "Dr Okafor treats anxious patients under sedation, given through a small cannula in the hand. You will be awake but drowsy and must be taken home by an adult. Sedation sessions are on Tuesday afternoons.",
);
const parking = passage(
  "There are nine spaces behind the building, reached through the archway in Mill Lane. The two nearest the door are kept for wheelchair users. See https://example.com/parking for a map.",
  { heading: "Where to park" },
);

test("the sentence that fits is said, and not the ones around it", async () => {
  const text = await answer(brightSmileEnglish, "which day are the sedation sessions", [parking, sedation]);
  expect(text).toContain("Sedation sessions are on Tuesday afternoons.");
  expect(text).not.toMatch(/cannula|spaces/);
  expect(await answer(brightSmileEnglish, "is there a place to park near you", [parking])).toContain("nine spaces");
});

test("nothing is quoted that does not truly fit, and without documents all is as before", async () => {
  const question = "do you sell trampolines for the garden";
  const before = await answer(brightSmileEnglish, question);
  expect(await answer(brightSmileEnglish, question, [])).toBe(before);
  expect(await answer(brightSmileEnglish, question, [{ ...parking, coverage: 0.2 }])).toBe(before);
  expect(await answer(brightSmileEnglish, question, [parking])).toBe(before);
  const arabic = passage("تغلق العيادة يوم الجمعة.");
  expect(await answer(brightSmileEnglish, question, [arabic])).toBe(before);
});

test("what the business's own facts say comes before any document", async () => {
  const wrong = passage("The opening hours are from midnight to noon.", { heading: "Opening hours" });
  expect(await answer(brightSmileEnglish, "what are your opening hours", [wrong])).toBe(
    await answer(brightSmileEnglish, "what are your opening hours"),
  );
});

test("a row of a table becomes a name and its value; addresses of pages and marks are not read out", async () => {
  const table = passage(
    "| Extra | Fee |\n| --- | --- |\n| Sports mouthguard | 85 dollars |\n| Night guard | 140 dollars |",
    {
      title: "Price list.xlsx",
    },
  );
  expect(await answer(brightSmileEnglish, "how much is a sports mouthguard", [table])).toContain(
    "According to our price list: Sports mouthguard: 85 dollars.",
  );
  const wide = passage("| Extra | Fee | Visits |\n| Sports mouthguard | 85 dollars | 2 |");
  expect(await answer(brightSmileEnglish, "how much is a sports mouthguard", [wide])).toContain(
    "Sports mouthguard: Fee 85 dollars, Visits 2.",
  );
  const marked = passage("- **Mouthguards** are made in two days, see https://example.com/guards?id=3 for colours.");
  const text = await answer(brightSmileEnglish, "how fast are mouthguards made", [marked]);
  expect(text).toContain("Mouthguards are made in two days, see for colours.");
});

test("what is said is two sentences and 240 letters at most", async () => {
  const long = passage(`Sedation is possible. ${"It takes a while, and then another while, ".repeat(12)}and ends.`);
  const text = await answer(brightSmileEnglish, "is sedation possible for me", [long]);
  expect(text).toContain("Sedation is possible.");
  const endless = passage(`Sedation takes ${"a while, and then another while, ".repeat(20)}and ends.`);
  const said = await answer(brightSmileEnglish, "is sedation possible for me", [endless]);
  expect(said.length).toBeLessThan(340);
  expect(said).toMatch(/while\. /);
});

test("in Arabic, Egyptian questions on standard texts", async () => {
  const garage = passage(
    "يمكن ترك السيارة في الجراج أسفل العمارة مقابل ٢٠ جنيهًا في الساعة. مدخل الجراج من الشارع الخلفي، ويغلق عند منتصف الليل.",
    {
      heading: "انتظار السيارات",
    },
  );
  expect(await answer(brightSmileArabic, "هو الجراج بيغلق امتى", [garage])).toContain("ويغلق عند منتصف الليل");
  const list = passage("| الخدمة | السعر |\n| واقي الأسنان للرياضيين | ٨٠٠ جنيه |", { title: "قائمة الأسعار.xlsx" });
  expect(await answer(brightSmileArabic, "واقي الأسنان للرياضيين بكام", [list])).toContain(
    "حسب قائمة الأسعار: واقي الأسنان للرياضيين: ٨٠٠ جنيه.",
  );
});

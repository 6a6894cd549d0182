import { describe, expect, test } from "vitest";
import { formatBusinessFacts, noBusinessFacts, parseBusinessFacts } from "./business-facts.ts";
import { brightSmileArabic, brightSmileEnglish } from "./demo-business.ts";

describe("business facts", () => {
  test.each([brightSmileEnglish, brightSmileArabic])("what the formatter writes is read back: $agentName", (demo) => {
    expect(parseBusinessFacts(demo.instructions)).toEqual(demo.facts);
    expect(parseBusinessFacts(formatBusinessFacts(demo.facts))).toEqual(demo.facts);
  });

  test("reads loose writing", () => {
    const facts = parseBusinessFacts(
      "Be kind.\nHours: Mon to Fri 9am-5:30pm; Sat: 10-14, 16-20; Sun: closed\nServices:\n* Haircut - $20 - 15 minutes\n* Shave | £5\nTimezone: Europe/London\n\nNothing else.",
    );
    expect(facts.hours).toHaveLength(7);
    expect(facts.hours[0]).toEqual({ weekday: 1, opens: "09:00", closes: "17:30" });
    expect(facts.hours[6]).toEqual({ weekday: 6, opens: "16:00", closes: "20:00" });
    expect(facts.services).toEqual([
      { name: "Haircut", aliases: [], price: "$20", durationMinutes: 15 },
      { name: "Shave", aliases: [], price: "£5" },
    ]);
    expect(facts.timeZone).toBe("Europe/London");
  });

  test("reads Arabic keys, days and digits", () => {
    const facts = parseBusinessFacts(
      "```facts\nالمواعيد:\n  السبت-الخميس: ١٠:٠٠-٢٢:٠٠\n  الجمعة: إجازة\nالعنوان: الدقي\nالطوارئ: ١٢٣\n```",
    );
    expect(facts.hours.map((span) => span.weekday).sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 6, 7]);
    expect(facts.address).toBe("الدقي");
    expect(facts.emergency).toBe("123");
  });

  test.each(["", "hello", "```facts\n```", "hours: never\nservices:\n  - \n", ":::::", "constructor: x\n__proto__: y"])(
    "survives %j",
    (text) => {
      expect(parseBusinessFacts(text)).toEqual(noBusinessFacts);
    },
  );
});

import { describe, expect, test } from "vitest";
import { findEmergency, watchForEmergencies } from "./emergency.ts";

const words = [
  "emergency",
  "chest pain",
  "can't breathe",
  "heart attack",
  "not breathing",
  "نزيف",
  "طوارئ",
  "مش قادر اتنفس",
  "أزمة قلبية",
];
const watch = watchForEmergencies({ words, say: "Ring 123." }, false)!;

describe("is an emergency", () => {
  test.each([
    "This is an emergency!",
    "My father has CHEST   PAIN and he is sweating",
    "I can’t breathe",
    "i cant breathe",
    "I can not breathe well",
    "She cannot breathe",
    "No, chest pain!",
    "no it's an emergency",
    "not just chest pain, my arm too",
    "I'm not sure if it's an emergency",
    "Isn't this an emergency?",
    "it's not that, chest pain",
    "it is not that chest pain is new to me",
    "He isn't breathing",
    "It is not a cold. It is a heart attack.",
    "I don't want an appointment, it's an emergency",
    "It's not an emergency, no wait, it is an emergency",
    "عندي نَزيف شديد",
    "في النزيف",
    "دي حالة طوارىء",
    "محتاج الطوارئ",
    "أنا مش قادر أتنفس",
    "ازمه قلبيه",
    "لا، نزيف",
    "مش عارف اوقف النزيف",
  ])("%s", (text) => {
    expect(findEmergency(text, watch)).toBeDefined();
  });
});

describe("is none", () => {
  test.each([
    "It's not an emergency",
    "it isn't really an emergency",
    "This is not a medical emergency.",
    "I don't think it's an emergency",
    "I don't think this is an emergency",
    "There's no emergency, I just want a cleaning",
    "I don't have chest pain",
    "I have no chest pain",
    "without any chest pain",
    "My friend's number, emergencyline",
    "a chesty pain",
    "مش حالة طوارئ",
    "مفيش نزيف",
    "ما عندي نزيف",
    "لا يوجد نزيف",
    "What time do you open?",
    "",
  ])("%s", (text) => {
    expect(findEmergency(text, watch)).toBeUndefined();
  });
});

test("the phrase is told as the plan spells it, and blank words match nothing", () => {
  expect(findEmergency("cannot breathe", watch)).toBe("can't breathe");
  const blank = watchForEmergencies({ words: ["", " . "], say: "" }, false)!;
  expect(findEmergency("anything", blank)).toBeUndefined();
});

test("a number to transfer to counts only where the line can be put through", () => {
  const plan = { words, say: "Ring 123.", transferTo: "+201000000000" };
  expect(watchForEmergencies(plan, true)?.transferTo).toBe("+201000000000");
  expect(watchForEmergencies(plan, false)?.transferTo).toBeUndefined();
});

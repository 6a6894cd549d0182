/** Sentences the platform itself says, in the languages it speaks without being told. */
import type { Phrases } from "../../call/call-plan.ts";

const english: Phrases = {
  fillers: ["One moment, please.", "Let me check that for you.", "Just a second."],
  idlePrompts: ["Are you still there?", "I'm still here if you need anything."],
  didNotHear: ["Sorry, I didn't catch that. Could you say it again?", "I'm sorry, I missed that. Could you repeat it?"],
  recovery: ["Sorry about that. Where were we?", "Sorry, I lost my thread for a moment. Could you say that again?"],
  apology: "I'm very sorry, something is not working on our side. Please call again in a few minutes.",
  goodbye: "Thank you for calling. Goodbye.",
  keypadMenu:
    "Please use your keypad. Press 1 to book, 2 for our hours and address, 3 to leave a message for the team, or 0 for a person.",
};

const arabic: Phrases = {
  fillers: ["لحظة واحدة من فضلك.", "ثواني أشوف لحضرتك.", "لحظة بس."],
  idlePrompts: ["حضرتك معايا؟", "أنا موجود لو محتاج أي حاجة."],
  didNotHear: ["معلش ما سمعتش كويس. ممكن تعيد تاني؟", "آسف، ممكن تقول تاني؟"],
  recovery: ["معلش، كنا بنقول إيه؟", "آسف، ممكن تعيد آخر حاجة؟"],
  apology: "آسفين جدا، في مشكلة عندنا دلوقتي. من فضلك كلمنا تاني بعد كام دقيقة.",
  goodbye: "شكرا لاتصالك. مع السلامة.",
  keypadMenu:
    "من فضلك استخدم لوحة الأرقام. دوس 1 للحجز، 2 للمواعيد والعنوان، 3 تسيب رسالة للفريق، أو صفر عشان حد يكلمك.",
};

/** By the base of a BCP-47 tag; English where we have none. */
export function platformPhrases(language: string): Phrases {
  return language.toLowerCase().startsWith("ar") ? arabic : english;
}

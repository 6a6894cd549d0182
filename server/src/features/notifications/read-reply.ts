/** What a text of a few letters means, in English and Arabic. */

export type ReplyMeaning = "confirm" | "cancel" | "stop" | "start" | "help" | "words";

const meanings: Readonly<Record<Exclude<ReplyMeaning, "words">, readonly string[]>> = {
  confirm: [
    "c",
    "confirm",
    "confirmed",
    "yes",
    "y",
    "ok",
    "okay",
    "تاكيد",
    "اكد",
    "موافق",
    "تمام",
    "نعم",
    "ايوه",
    "ايوة",
  ],
  cancel: ["x", "cancel appointment", "الغ", "الغي", "الغاء", "الغاء الموعد", "الغاء المعاد"],
  stop: [
    "stop",
    "stopall",
    "stop all",
    "unsubscribe",
    "end",
    "quit",
    "cancel",
    "optout",
    "revoke",
    "وقف",
    "ايقاف",
    "اوقف",
  ],
  start: ["start", "unstop", "ابدا", "تشغيل"],
  help: ["help", "info", "مساعدة", "مساعده"],
};

/** Small letters, without marks, signs and the Arabic letters' variants. */
const fold = (text: string): string =>
  text
    .normalize("NFKD")
    .replace(/[\p{M}\u0640]/gu, "")
    .toLowerCase()
    .replace(/[أإآ]/g, "ا")
    .replace(/[^\p{L}\p{N} ]/gu, " ")
    .replace(/\s+/g, " ")
    .trim();

/** A whole text only: "please stop by at ten" stops nothing. `cancel` alone ends texts, as carriers take it. */
export function readReply(text: string): ReplyMeaning {
  const folded = fold(text);
  for (const [meaning, words] of Object.entries(meanings)) {
    if (words.includes(folded)) return meaning as ReplyMeaning;
  }
  return "words";
}

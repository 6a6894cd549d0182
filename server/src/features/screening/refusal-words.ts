/** What a caller who does not get through is told: short, polite, and nothing about why that would help them around it. */

export type RefusalReason = "blocked" | "anonymous" | "too-many-calls";

const english: Readonly<Record<RefusalReason, string>> = {
  blocked: "We're sorry, this call cannot be taken. Goodbye.",
  anonymous:
    "We're sorry, we don't take calls from withheld numbers. Please call again with your number shown. Goodbye.",
  "too-many-calls":
    "We're sorry, we can't take another call from this number right now. Please try again later. Goodbye.",
};

const arabic: Readonly<Record<RefusalReason, string>> = {
  blocked: "عذرًا، لا يمكن استقبال هذه المكالمة. مع السلامة.",
  anonymous: "عذرًا، لا نستقبل المكالمات من الأرقام المخفية. من فضلك اتصل مرة أخرى مع إظهار رقمك. مع السلامة.",
  "too-many-calls": "عذرًا، لا يمكننا استقبال مكالمة أخرى من هذا الرقم الآن. من فضلك حاول لاحقًا. مع السلامة.",
};

export const refusalWords = (reason: RefusalReason, language: string): string =>
  (language.toLowerCase().startsWith("ar") ? arabic : english)[reason];

export const askForName =
  "The caller withholds their number. Before anything else, ask politely for their name and the reason of the call; without both, take no booking and end the call kindly.";

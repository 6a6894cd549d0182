/** What is said to somebody on the phone whom no agent can speak to; English where we have no words. */
export interface CarrierWords {
  readonly busy: string;
  readonly unclaimed: string;
  /** A transfer that nobody took, and no agent to go back to. */
  readonly nobodyThere: string;
  readonly cutOff: string;
  /** We rang them, and cannot speak. */
  readonly cannotSpeak: string;
  /** BCP-47, of these words. */
  readonly language: string;
}

const english: CarrierWords = {
  busy: "All our lines are busy right now. Please call again in a few minutes. Goodbye.",
  unclaimed: "This number is not in service. Please check the number and call again. Goodbye.",
  nobodyThere: "I'm sorry, nobody could take your call. Please call us again. Goodbye.",
  cutOff: "I'm sorry, we were cut off. Please call us again. Goodbye.",
  cannotSpeak: "I'm sorry, something is not working on our side. We will call you again. Goodbye.",
  language: "en-US",
};

const arabic: CarrierWords = {
  busy: "كل خطوطنا مشغولة دلوقتي. من فضلك اتصل تاني بعد كام دقيقة. مع السلامة.",
  unclaimed: "الرقم ده مش في الخدمة. من فضلك اتأكد من الرقم واتصل تاني. مع السلامة.",
  nobodyThere: "معلش، مفيش حد قدر يرد على حضرتك. من فضلك كلمنا تاني. مع السلامة.",
  cutOff: "معلش، الخط قطع. من فضلك كلمنا تاني. مع السلامة.",
  cannotSpeak: "معلش، في مشكلة عندنا دلوقتي. هنكلم حضرتك تاني. مع السلامة.",
  language: "ar-EG",
};

/** `language`: BCP-47, as far as it is known. */
export function carrierWords(language: string | undefined): CarrierWords {
  return language?.toLowerCase().startsWith("ar") === true ? arabic : english;
}

/** What a caller wants passed on, in their own words. */
import { cleanWords } from "../language/normalize.ts";

const openings: readonly RegExp[] = [
  /(?:leave|take|pass(?: on| along)?|give|send)\b.{0,30}?\b(?:message|note)\b(?:\s+(?:for|to)\s+(?:the\s+|dr\.?\s+|doctor\s+)?[\p{L}]+)?\s*(?:that|saying|to say|:|,|-)\s*(?<text>.{3,})$/isu,
  /\b(?:tell|let|inform|notify)\s+(?:the |your |dr\.?\s*|doctor )?[\p{L}]+(?: know)?\s+(?:that |to )?(?<text>.{3,})$/iu,
  /(?:رساله|رسالة|مسج)(?:\s+(?:لل?|الى|إلى)\S+)?\s*(?::|،|,|إن|ان|أن|انه|مفادها|تقول)\s*(?<text>.{3,})$/u,
  /(?:بلغ|أبلغ|ابلغ|قول|عرف|خبر)\S*\s+(?:ال|لل|ل)?\S*\s*(?:إن|ان|أن|إني|اني|أني|انه|إنه)\s+(?<text>.{3,})$/u,
  /(?:قولهم|قولوله|قوله|قولها|بلغهم|بلغه|بلغوه|عرفهم|قوللهم)\s+(?:إن |ان |أن )?(?<text>.{3,})$/u,
];

/** The message inside a request; where one was asked for, the whole utterance. */
export function readMessage(text: string, isExpected: boolean): string | undefined {
  const clean = cleanWords(text);
  for (const opening of openings) {
    const found = opening.exec(clean)?.groups?.["text"]?.trim();
    if (found !== undefined) return found;
  }
  return isExpected && /[\p{L}\p{N}]{2}/u.test(clean) ? clean : undefined;
}

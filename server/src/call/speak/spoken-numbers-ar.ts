/** Egyptian numerals in words. */
import { maxCardinal, splitNumber } from "./spoken-language.ts";

const small =
  "صفر واحد اتنين تلاتة أربعة خمسة ستة سبعة تمانية تسعة عشرة حداشر اتناشر تلتاشر أربعتاشر خمستاشر ستاشر سبعتاشر تمنتاشر تسعتاشر".split(
    " ",
  );
const tens = "  عشرين تلاتين أربعين خمسين ستين سبعين تمانين تسعين".split(" ");
const hundreds = " مية ميتين تلتمية ربعمية خمسمية ستمية سبعمية تمنمية تسعمية".split(" ");
/** Before a plural: "تلات أيام". */
const shortUnits = "   تلات أربع خمس ست سبع تمن تسع عشر".split(" ");

/** Said in one breath, so that "و" goes before it. */
function isSimple(value: number): boolean {
  return value <= 20 || (value < 100 && value % 10 === 0) || (value < 1000 && value % 100 === 0);
}

function append(head: string, rest: number): string {
  if (rest === 0) return head;
  return isSimple(rest) ? `${head} و${cardinal(rest)}` : `${head} ${cardinal(rest)}`;
}

/** A whole number from 0 up: 125 is "مية خمسة وعشرين", 1250 "ألف ميتين وخمسين". */
export function cardinal(value: number): string {
  if (value < 20) return small[value] ?? "";
  if (value < 100) {
    const ten = tens[Math.floor(value / 10)] ?? "";
    return value % 10 === 0 ? ten : `${small[value % 10] ?? ""} و${ten}`;
  }
  if (value < 1000) return append(hundreds[Math.floor(value / 100)] ?? "", value % 100);
  if (value < 1_000_000) return append(thousands(Math.floor(value / 1000)), value % 1000);
  if (value > maxCardinal) return [...String(value)].map((digit) => small[Number(digit)] ?? "").join(" ");
  const [size, name] = value < 1_000_000_000 ? [1_000_000, "مليون"] : [1_000_000_000, "مليار"];
  const count = Math.floor(value / size);
  return append(count === 1 ? name : `${countedCardinal(count)} ${name}`, value % size);
}

function thousands(count: number): string {
  if (count === 1) return "ألف";
  if (count === 2) return "ألفين";
  return count <= 10 ? `${shortUnits[count] ?? ""} آلاف` : `${countedCardinal(count)} ألف`;
}

/** Before a noun in the singular: "ميت جنيه", not "مية جنيه". */
export function countedCardinal(value: number): string {
  return cardinal(value).replace(/مية$/, "ميت");
}

/** Before a noun in the plural, 3 to 10: "تلات مواعيد". */
export function cardinalBeforePlural(value: number): string {
  return value >= 3 && value <= 10 ? (shortUnits[value] ?? "") : countedCardinal(value);
}

/** "3.5" is "تلاتة ونص". */
export function number(text: string): string {
  const { negative, whole, fraction } = splitNumber(text);
  const digits = (part: string) => [...part].map((digit) => small[Number(digit)] ?? "").join(" ");
  const sign = negative ? "سالب " : "";
  const spoken = whole.length > 12 ? digits(whole) : cardinal(Number(whole));
  if (fraction === "") return sign + spoken;
  const part = ({ "5": "نص", "50": "نص", "25": "ربع" } as Record<string, string>)[fraction];
  if (part !== undefined) return sign + (Number(whole) === 0 ? part : `${spoken} و${part}`);
  return `${sign}${spoken} فاصلة ${fraction.startsWith("0") || fraction.length > 2 ? digits(fraction) : cardinal(Number(fraction))}`;
}

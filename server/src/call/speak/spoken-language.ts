/** What a language has to know so that written figures can be said in it. */

export interface ClockTime {
  readonly hour: number;
  readonly minute: number;
  /** As written. Absent: 24-hour, or not told. */
  readonly meridiem?: "am" | "pm";
  /** Said without its part of the day: it follows in the text, or in the second half of a range. */
  readonly bare?: boolean;
}

export interface CalendarDate {
  /** Absent: goes without saying. */
  readonly year?: number;
  readonly month: number;
  readonly day: number;
}

export interface SpokenLanguage {
  cardinal(value: number): string;
  ordinal(value: number): string;
  year(value: number): string;
  /** Digit by digit. */
  digits(text: string): string;
  /** A plain written number: "1,250.5", "-3". */
  number(text: string): string;
  time(time: ClockTime): string;
  date(date: CalendarDate): string;
  /** `code`: a key of `currencyCodes`. `scale`: "million". */
  money(amount: string, code: string, scale?: string): string;
  percent(amount: string): string;
  /** `unit`: a key of `units`. */
  measure(amount: string, unit: string): string;
  readonly words: {
    readonly at: string;
    readonly dot: string;
    readonly slash: string;
    readonly dash: string;
    readonly underscore: string;
    readonly plus: string;
    readonly and: string;
    readonly or: string;
    readonly to: string;
    readonly minus: string;
    readonly numberSign: string;
    readonly about: string;
    readonly times: string;
    readonly equals: string;
    readonly over: string;
    readonly degrees: string;
    readonly comma: string;
    readonly around: string;
  };
}

/** A number as people write it: with grouping commas or without, with a decimal part or without. */
export const writtenNumber = String.raw`(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?`;

export interface NumberParts {
  readonly negative: boolean;
  readonly whole: string;
  readonly fraction: string;
}

export function splitNumber(text: string): NumberParts {
  const [whole = "0", fraction = ""] = text.replace(/[,+-]/g, "").split(".");
  return { negative: text.startsWith("-"), whole, fraction };
}

/** Above this a number is said digit by digit. */
export const maxCardinal = 999_999_999_999;

/** What simulated callers can say and hear, whatever their language. */
import type { Random } from "./random.ts";

/** Which question of the agent's the caller hears in a reply. */
export type Asked =
  | "service"
  | "day"
  | "time"
  | "offer"
  | "name"
  | "phone"
  | "more digits"
  | "digits right"
  | "all right"
  | "which one"
  | "anything else"
  | "a message"
  | "else";

/** Everything is said in words of one language. A list of templates holds `{…}` for what is filled in. */
export interface Tongue {
  readonly firstNames: readonly string[];
  readonly lastNames: readonly string[];
  /** How callers call the services, by their names in the facts. */
  readonly services: Readonly<Record<string, readonly string[]>>;
  readonly opening: readonly string[];
  readonly openingService: readonly string[];
  readonly openingServiceDay: readonly string[];
  readonly openingWhole: readonly string[];
  readonly openingMove: readonly string[];
  readonly openingMoveWhen: readonly string[];
  readonly askWhatIsFree: readonly string[];
  readonly tellService: readonly string[];
  readonly tellDay: readonly string[];
  readonly tellTime: readonly string[];
  readonly tellPart: Readonly<Record<"morning" | "afternoon", readonly string[]>>;
  readonly takeTime: readonly string[];
  readonly tellName: readonly string[];
  readonly spellName: readonly string[];
  readonly tellPhone: readonly string[];
  readonly correctPhone: readonly string[];
  readonly correctEnd: readonly string[];
  readonly correctDigit: readonly string[];
  readonly correctName: readonly string[];
  readonly correctService: readonly string[];
  readonly correctDay: readonly string[];
  readonly correctTime: readonly string[];
  readonly interrupt: readonly string[];
  readonly askPrice: readonly string[];
  readonly whichOne: readonly string[];
  readonly yes: readonly string[];
  readonly no: readonly string[];
  readonly goodbye: readonly string[];
  readonly again: readonly string[];
  readonly fillers: readonly string[];
  readonly smallWords: ReadonlySet<string>;
  sayDate(random: Random, date: string): string;
  sayTime(random: Random, time: string): string;
  sayPhone(random: Random, digits: string): string[];
  sayDigit(random: Random, digit: string): string;
  spell(name: string): string;
  /** Times of day that the agent said, HH:mm. */
  timesIn(text: string): string[];
  /** Month and day of the dates that the agent said, MM-dd. */
  datesIn(text: string): string[];
  asked(text: string): Asked;
  /** The wished day is full. */
  readonly nothingFree: RegExp;
  /** The agent says that the appointment is made. */
  readonly done: RegExp;
  /** The service as the agent names it in a summary. */
  namesService(text: string, service: string): boolean;
}

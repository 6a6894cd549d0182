/** Every sentence the desk says, by language. A list holds variants; which one is said depends on the turn only. */
export type Variants = readonly [string, ...string[]];

export interface Wording {
  readonly greet: Variants;
  readonly howCanIHelp: Variants;
  readonly anythingElse: Variants;
  readonly thanks: Variants;
  readonly goodbye: Variants;
  readonly robot: Variants;
  readonly notUnderstood: Variants;
  readonly offerPerson: Variants;
  readonly dropped: Variants;
  readonly whatToChange: Variants;
  readonly askService: Variants;
  readonly askDay: Variants;
  readonly askNewDay: Variants;
  readonly askTime: Variants;
  readonly askName: Variants;
  readonly askPhone: Variants;
  readonly askBookedPhone: Variants;
  readonly askMessage: Variants;
  readonly person: Variants;
  readonly handingOver: string;
  /** For the record: why the line was put through. */
  readonly transferReason: string;
  readonly keepMessageOut: Variants;
  /** Several appointments stand under one number. */
  readonly askWhich: string;
  /** None does. */
  readonly noneFound: string;
  readonly typeNumber: string;
  readonly keypadMenu: string;
  readonly numberIncomplete: string;
  /** Between two keys of a number: as short as can be. */
  readonly keyHeard: string;
  readonly unknownFact: Variants;
  readonly timePassed: string;
  readonly callbackReason: string;
  readonly urgentReason: string;
  readonly bookingReason: string;
  readonly done: string;
  emergency(number: string): string;
  notOffered(list: string): string;
  closedOn(date: string): string;
  outsideHours(time: string): string;
  nothingFree(date: string): string;
  nothingFreeSoon(date: string): string;
  offer(date: string, times: string, count: number): string;
  notFree(time: string, times: string): string;
  goOn(digits: string): string;
  checkNumber(digits: string): string;
  /** In the summaries an empty `phone` is a number that was not given. */
  confirmBooking(what: { when: string; service: string; name: string; phone: string }): string;
  confirmMove(what: { when: string; phone: string }): string;
  confirmCancel(phone: string): string;
  confirmMessage(what: { message: string; name: string | undefined; phone: string }): string;
  booked(when: string): string;
  moved(when: string): string;
  cancelled(): string;
  messageTaken(): string;
  failed(reason: string): string;
  messageFailed(phone: string): string;
  /** Asked for, and nobody knows yet whether it is done. */
  notCertain(): string;
  taken(times: string): string;
  hours(lines: string): string;
  hoursOn(date: string, spans: string): string;
  price(service: string, price: string, minutes: number | undefined): string;
  prices(list: string): string;
  whichPrice(list: string): string;
  address(address: string): string;
  services(list: string): string;
  offersService(service: string): string;
  confirmKeys(digits: string): string;
  span(from: string, to: string): string;
}

/** The variant for a turn. */
export function vary(variants: Variants, turn: number): string {
  return variants[turn % variants.length] ?? variants[0];
}

/** Who answers a number at a moment: the first rule that matches, then one of its shares by weight. */
import { type NumberRouting, type RouteTarget, weekdays } from "@parley/contract/phone-numbers";
import { DateTime, IANAZone } from "luxon";

export interface ChosenRoute {
  readonly agentId: string;
  /** Absent: whichever version is published. */
  readonly version?: number;
  readonly variant?: string;
}

const minutesOf = (clockTime: string) => Number(clockTime.slice(0, 2)) * 60 + Number(clockTime.slice(3));

export const isTimeZone = (name: string) => IANAZone.isValidZone(name);

/** Every share, wherever it stands; the path names it to a person. */
export function sharesOf(routing: NumberRouting): { path: string; share: RouteTarget[number] }[] {
  const named = (path: string, target: RouteTarget) =>
    target.map((share, index) => ({ path: `${path}.${index}`, share }));
  return [
    ...routing.rules.flatMap((rule, index) => named(`routing.rules.${index}.target`, rule.target)),
    ...named("routing.otherwise", routing.otherwise),
  ];
}

function matches(rule: NumberRouting["rules"][number], at: DateTime): boolean {
  const from = minutesOf(rule.from);
  const to = minutesOf(rule.to);
  const minute = at.hour * 60 + at.minute;
  const isOn = (day: DateTime) => rule.weekdays.includes(weekdays[day.weekday - 1] ?? "monday");
  if (from < to) return isOn(at) && minute >= from && minute < to;
  return (isOn(at) && minute >= from) || (isOn(at.minus({ days: 1 })) && minute < to);
}

function pickShare(target: RouteTarget, random: () => number): RouteTarget[number] | undefined {
  const total = target.reduce((sum, share) => sum + share.weight, 0);
  let rest = random() * total;
  for (const share of target) {
    rest -= share.weight;
    if (rest < 0) return share;
  }
  return target.findLast((share) => share.weight > 0);
}

/** `random` gives numbers from 0 to below 1. */
export function chooseRoute(
  routing: NumberRouting,
  { atMs, random }: { atMs: number; random: () => number },
): ChosenRoute | undefined {
  const at = DateTime.fromMillis(atMs, { zone: routing.timeZone });
  const target = routing.rules.find((rule) => matches(rule, at))?.target ?? routing.otherwise;
  const share = pickShare(target, random);
  return (
    share && {
      agentId: share.agentId,
      ...(share.version === null ? {} : { version: share.version }),
      ...(share.variant === undefined ? {} : { variant: share.variant }),
    }
  );
}

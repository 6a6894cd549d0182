/** Why a deed was not done, read from what the tool tells models: another time, which appointment, whose. */
import { DateTime } from "luxon";
import { detectLanguage } from "../language/normalize.ts";
import type { Wording } from "../wording/wording.ts";
import type { Desk, DialogueState } from "./state.ts";

const freeInstead = /Free instead: (?<list>.+?)\.(?: Say:|$|\s*$)/s;
const asksForName = /^name: /;
const asksWhichOne = /which one is meant|currentStartsAt/;
const isUnknown = /no coming appointment/i;
/** A sentence that tells a model what to do. */
const isForModels = /^(?:apologi[sz]e|ask|choose|do not|give|offer|say|tell)\b/i;
const fieldName = /^[a-z][A-Za-z]*: /;

/** What the tool said of its failure. */
export function readPublicMessage(output: unknown): string | undefined {
  if (typeof output === "string") return /^[{[]/.test(output.trim()) ? undefined : output.slice(0, 200);
  const record = (typeof output === "object" && output !== null ? output : {}) as Record<string, unknown>;
  const text = record["publicMessage"] ?? record["message"] ?? record["error"];
  return typeof text === "string" ? text.slice(0, 200) : undefined;
}

/** "Free instead: Monday 23 November at 2:00 PM; …" as ISO times with the business's offset. */
export function readAlternatives(message: string | undefined, desk: Desk): readonly string[] | undefined {
  const list = freeInstead.exec(message ?? "")?.groups?.["list"];
  if (list === undefined) return undefined;
  const now = DateTime.fromMillis(desk.nowMs, { zone: desk.timeZone });
  return list.split("; ").flatMap((words) => {
    const times = [now.year, now.year + 1].map((year) =>
      DateTime.fromFormat(`${words.trim()} ${year}`, "cccc d LLLL 'at' h:mm a yyyy", {
        locale: "en",
        zone: desk.timeZone,
      }),
    );
    return times.find((time) => time.isValid)?.toISO({ suppressMilliseconds: true }) ?? [];
  });
}

/** What the caller is asked for first; undefined: the deed cannot be done. */
export function readNeed(message: string | undefined): "name" | "which" | undefined {
  if (message === undefined) return undefined;
  if (asksForName.test(message)) return "name";
  return asksWhichOne.test(message) ? "which" : undefined;
}

/** The reason as the caller is told it: sentences of their own language, and none that is meant for a model. */
export function sayReason({ failure, language }: DialogueState, wording: Wording): string {
  const told = failure?.publicMessage?.trim().replace(fieldName, "") ?? "";
  const sentences = told.split(/(?<=[.!?؟])\s+/).filter((sentence) => !isForModels.test(sentence));
  const reason = sentences.join(" ").replace(/^./, (letter) => letter.toUpperCase());
  if (isUnknown.test(reason)) return wording.noneFound;
  if (reason === "" || (detectLanguage(reason) ?? language) !== language) return "";
  return /[.!?؟]$/.test(reason) ? reason : `${reason}.`;
}

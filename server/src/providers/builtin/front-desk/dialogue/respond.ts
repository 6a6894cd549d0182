/** State → what to say and which tool to call. */

import { wordingOf } from "../wording/languages.ts";
import { sayList } from "../wording/spoken.ts";
import { vary, type Wording } from "../wording/wording.ts";
import { answerKeypadFacts, answerQuestion } from "./answers.ts";
import { quotePassage } from "./quote.ts";
import { sayReason } from "./refusals.ts";
import { hasOfferedMessage } from "./replay.ts";
import { saySlotTime, sayStart } from "./schedule.ts";
import type { Desk, DialogueState } from "./state.ts";
import { advanceTask, type Reply, type Step } from "./tasks.ts";

function join(...texts: readonly string[]): string {
  return texts.filter((text) => text !== "").join(" ");
}

function endCall(state: DialogueState, desk: Desk, wording: Wording): Reply {
  const text = vary(wording.goodbye, state.callerTurns);
  return desk.tools.has("end_call") ? { text, call: { name: "end_call", input: {} } } : { text };
}

/** After a digression: back to where the task stood, or an open door. */
function goOn(said: string, step: Step): Reply {
  const { state, wording } = step;
  if (/[?؟]\s*$/.test(said)) return { text: said };
  if (state.task === undefined) return { text: join(said, vary(wording.anythingElse, state.callerTurns)) };
  const next = advanceTask(step);
  return { ...next, text: join(said, next.text) };
}

function reportFailure(state: DialogueState, desk: Desk, wording: Wording): Reply {
  const { failure } = state;
  if (failure?.isUncertain === true)
    return { text: join(wording.notCertain(), vary(wording.anythingElse, state.callerTurns)) };
  if (failure?.name === "take_message") return { text: wording.messageFailed(desk.facts.phone ?? "") };
  const times = (failure?.alternatives ?? []).slice(0, 3);
  const isOneDay =
    new Set(times.map((slot) => sayStart(slot, state, desk).split(/ at |الساعة/)[0])).size === 1 &&
    times[0]?.slice(0, 10) === state.slots.date;
  const said = times.map((slot) => (isOneDay ? saySlotTime(slot, state, desk) : sayStart(slot, state, desk)));
  if (said.length > 0) return { text: wording.taken(sayList(said, state.language, "or")) };
  return { text: wording.failed(sayReason(state, wording)) };
}

/** Continues right after a tool answered. */
function respondToTool(state: DialogueState, desk: Desk, wording: Wording): Reply {
  if (state.failure) return reportFailure(state, desk, wording);
  if (state.task !== undefined) {
    const wasAsked = state.transferRefused && state.heard?.intent === "speak-to-human";
    return wasAsked
      ? goOn(vary(wording.person, state.callerTurns), { state, desk, wording })
      : advanceTask({ state, desk, wording });
  }
  const { written } = state;
  const when = written?.startsAt === undefined ? "" : sayStart(written.startsAt, state, desk);
  const said =
    written === undefined
      ? ""
      : {
          book: () => wording.booked(when),
          reschedule: () => wording.moved(when),
          cancel: wording.cancelled,
          message: wording.messageTaken,
        }[written.task]();
  return { text: join(said, vary(wording.anythingElse, state.callerTurns)) };
}

function respondToKeys(state: DialogueState, desk: Desk, wording: Wording): Reply {
  if (state.task !== undefined) return advanceTask({ state, desk, wording });
  if (state.keys?.last === "2") return { text: join(answerKeypadFacts(state, desk, wording), wording.keypadMenu) };
  return { text: wording.keypadMenu };
}

function respondToUnclear(state: DialogueState, desk: Desk, wording: Wording): Reply {
  if (state.unclear >= 2) return { text: vary(wording.offerPerson, 0) };
  const sorry = vary(wording.notUnderstood, state.callerTurns);
  if (state.task === undefined) return { text: join(sorry, vary(wording.howCanIHelp, state.callerTurns)) };
  return goOn(sorry, { state, desk, wording });
}

function respondToNo(state: DialogueState, desk: Desk, wording: Wording): Reply {
  if (state.justGaveUp) return advanceTask({ state, desk, wording });
  if (state.task === undefined && state.expecting === "anything-else") return endCall(state, desk, wording);
  if (state.task === undefined)
    return { text: join(vary(wording.keepMessageOut, 0), vary(wording.anythingElse, state.callerTurns)) };
  if (state.expecting === "confirmation" || state.offered.length === 0)
    return { text: vary(wording.whatToChange, state.callerTurns) };
  return { text: vary(state.task === "reschedule" ? wording.askNewDay : wording.askDay, state.callerTurns) };
}

/** A service that the facts have no price for is asked about by another name; the documents may know it. */
const vagueIntents = new Set(["ask-prices", "ask-services"]);

/** Understood as asking for the address, which does not answer it. */
const asksToPark = /\bpark(?:ing)?\b|\bgarage|جراج|[اأ]ركن|موقف|عربيتي|سيارتي/i;

/** From the documents, where the business's facts do not say: nothing is looked for that they answer. */
function quoteInstead(state: DialogueState, desk: Desk, wording: Wording): string | undefined {
  const intent = state.heard?.intent;
  if (desk.passages.length === 0 || intent === undefined) return undefined;
  const { question, passages } = desk;
  const ask = (leastCoverage: number) => quotePassage({ question, passages, language: state.language, leastCoverage });
  // What a task has asked for is seldom a question.
  if (intent === "unclear") return ask(state.task === undefined ? 0.5 : 0.65);
  const answer = answerQuestion(state, desk, wording);
  if (answer === undefined) return undefined;
  if (answer === vary(wording.unknownFact, 0)) return ask(0.4);
  if (intent === "ask-location") return asksToPark.test(question) ? ask(0.5) : undefined;
  return vagueIntents.has(intent) && state.heard?.slots.service === undefined ? ask(0.65) : undefined;
}

function respondToCaller(state: DialogueState, desk: Desk, wording: Wording): Reply {
  const turn = state.callerTurns;
  const answer = quoteInstead(state, desk, wording) ?? answerQuestion(state, desk, wording);
  if (answer !== undefined) return goOn(answer, { state, desk, wording });
  if (state.dropped) return goOn(vary(wording.dropped, turn), { state, desk, wording });
  switch (state.heard?.intent) {
    case "emergency":
      return { text: wording.emergency(desk.facts.emergency ?? (desk.region === "EG" ? "123" : "911")) };
    case "repeat":
      // Of a sentence that was cut, a word or two were heard: what it asked is asked anew.
      if (state.task !== undefined && !/[.!?؟]\s*$/.test(state.lastAgentText))
        return goOn("", { state, desk, wording });
      return { text: state.lastAgentText === "" ? vary(wording.howCanIHelp, turn) : state.lastAgentText };
    case "greeting":
      return state.task === undefined ? { text: vary(wording.greet, turn) } : advanceTask({ state, desk, wording });
    case "thanks":
      return goOn(vary(wording.thanks, turn), { state, desk, wording });
    case "goodbye":
      return endCall(state, desk, wording);
    case "no":
      return respondToNo(state, desk, wording);
    case "unclear":
      return respondToUnclear(state, desk, wording);
    case "speak-to-human":
      return goOn(vary(wording.person, turn), { state, desk, wording });
    case "yes":
      if (state.task === undefined && !hasOfferedMessage(state.lastAgentText))
        return { text: vary(wording.howCanIHelp, turn) };
      return goOn("", { state, desk, wording });
    default:
      return state.task === undefined ? { text: vary(wording.howCanIHelp, turn) } : goOn("", { state, desk, wording });
  }
}

/** Without words: what is said while the line is put through is the platform's. */
function passOn(state: DialogueState, wording: Wording): Reply | undefined {
  if (state.handoff !== undefined) {
    return { text: wording.handingOver, call: { name: "handoff_to_agent", input: { agent: state.handoff } } };
  }
  if (!state.wantsTransfer) return undefined;
  return { text: "", call: { name: "transfer_call", input: { reason: wording.transferReason } } };
}

/** The next step of the conversation. Never silent: without a tool to call there are words. */
export function respond(state: DialogueState, desk: Desk, isAfterTool: boolean): Reply {
  const wording = wordingOf(state.language);
  const reply = choose(state, desk, isAfterTool);
  if (reply.call !== undefined || reply.text.trim() !== "") return reply;
  return { text: state.keys === undefined ? vary(wording.howCanIHelp, state.callerTurns) : wording.keyHeard };
}

function choose(state: DialogueState, desk: Desk, isAfterTool: boolean): Reply {
  const wording = wordingOf(state.language);
  if (isAfterTool) return respondToTool(state, desk, wording);
  const passed = passOn(state, wording);
  if (passed !== undefined) return passed;
  if (state.keys !== undefined) return respondToKeys(state, desk, wording);
  if (state.heard === undefined) return { text: vary(wording.greet, 0) };
  return respondToCaller(state, desk, wording);
}

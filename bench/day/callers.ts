/** Callers of a day, by text: they answer what the agent asks, in plain words, and note what they were told. */
import type { Client } from "@parley/contract/client";
import { respondToUtterance } from "@parley/contract/utterances";
import { englishCallers } from "../booking-calls/english-callers.ts";

export interface Wish {
  readonly kind: "book" | "move" | "cancel" | "message" | "question";
  readonly name: string;
  /** National digits. */
  readonly phone: string;
  readonly service: string;
  /** As it is said: `December 1st`. */
  readonly day: string;
  /** `10:30 AM`. */
  readonly time: string;
}

/** What a caller lived through. `lost`: the line broke before the end. */
export interface HeldCall {
  readonly callId: string | undefined;
  readonly wish: Wish;
  readonly deeds: readonly { readonly name: string; readonly outcome: string }[];
  readonly transcript: readonly string[];
  readonly isLost: boolean;
}

const mostTurns = 14;

const openings: Readonly<Record<Wish["kind"], (wish: Wish) => string>> = {
  book: ({ service, day, time, name, phone }) =>
    `I'd like to book a ${service.toLowerCase()} on ${day} at ${time}, my name is ${name} and my number is ${phone}`,
  move: ({ day, time }) => `I need to move my appointment to ${day} at ${time}`,
  cancel: () => "I want to cancel my appointment",
  message: () => "I'd like to leave a message",
  question: ({ service }) => `How much is a ${service.toLowerCase()}?`,
};

const bye = "No, that's all, thank you. Bye!";

/** Undefined: nothing more to say. */
function answer(wish: Wish, told: string): string | undefined {
  if (/what(?:'s the| is the)? message|pass on\?/i.test(told)) return "Please call me back tomorrow morning";
  switch (englishCallers.asked(told)) {
    case "all right":
    case "digits right":
      return "Yes, that's right.";
    case "offer": {
      const offered = /\b\d{1,2}(?::\d\d)? ?(?:AM|PM)\b/i.exec(
        told
          .split(/(?<=[.!?])\s+/)
          .slice(-2)
          .join(" "),
      );
      return offered === null ? bye : `${offered[0]} please`;
    }
    case "name":
      return `My name is ${wish.name}`;
    case "phone":
    case "more digits":
      return `It's ${wish.phone}`;
    case "service":
    case "which one":
      return wish.service;
    case "day":
      return wish.day;
    case "time":
      return wish.time;
    case "a message":
      return wish.kind === "message" ? "Yes please" : "No thank you";
    case "anything else":
      return bye;
    case "else":
      return told.trim().endsWith("?") ? "Yes please" : bye;
  }
}

export async function holdTextCall(client: Client, agentId: string, wish: Wish): Promise<HeldCall> {
  const deeds: { name: string; outcome: string }[] = [];
  const transcript: string[] = [];
  let callId: string | undefined;
  let says: string | undefined = openings[wish.kind](wish);
  let isLost = false;
  try {
    for (let turn = 0; turn < mostTurns && says !== undefined; turn++) {
      transcript.push(`C: ${says}`);
      const said = await client.ask(respondToUtterance, {
        params: { id: agentId },
        query: { audio: "false", ...(callId !== undefined && { conversationId: callId }) },
        ...{ file: JSON.stringify({ text: says }), contentType: "application/json" },
      });
      callId = said.callId;
      deeds.push(...said.tools);
      transcript.push(`A: ${said.reply}`);
      if (said.ended || says === bye) break;
      says = answer(wish, said.reply);
    }
  } catch (error) {
    isLost = true;
    transcript.push(`   (${error instanceof Error ? error.message : "lost"})`);
  }
  return { callId, wish, deeds, transcript, isLost };
}

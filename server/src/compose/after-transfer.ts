/** A transfer that nobody took comes back to its agent, who says so and can take a message. */
import type { CallPlan } from "../call/call-plan.ts";
import type { RunnableAgent } from "../features/agents/index.ts";

interface Words {
  readonly nobody: string;
  readonly message: string;
  readonly help: string;
  /** For the model. */
  readonly note: string;
}

const english: Words = {
  nobody: "I'm sorry, nobody could take your call just now.",
  message: "Would you like to leave a message, so that somebody calls you back?",
  help: "Is there anything else I can do for you?",
  note: "The caller was just being put through to a person, but nobody took the call. You cannot put them through again. Offer to take a message.",
};

const arabic: Words = {
  nobody: "معلش، مفيش حد قدر يرد على حضرتك دلوقتي.",
  message: "تحب تسيب رسالة وحد يكلم حضرتك؟",
  help: "أقدر أساعد حضرتك في حاجة تانية؟",
  note: "المتصل كان بيتحول لحد من الفريق ومحدش رد. ماينفعش تحوله تاني. اعرض عليه إنك تاخد رسالة.",
};

/** Who could not be put through once is not sent round again. */
export function withoutTransfers(agent: RunnableAgent): RunnableAgent {
  const { transferNumber: _, emergency, ...config } = agent.config;
  const { transferTo: __, ...words } = emergency;
  return { ...agent, config: { ...config, emergency: words } };
}

/** Whoever needs help is told again whom to ring. */
export function resumePlan(plan: CallPlan, isEmergency: boolean): CallPlan {
  const { recording, ...rest } = plan;
  const words = plan.language.toLowerCase().startsWith("ar") ? arabic : english;
  const takesMessages = plan.tools.some(({ name }) => name === "take_message");
  const offer = isEmergency && plan.emergency ? plan.emergency.say : takesMessages ? words.message : words.help;
  return {
    ...rest,
    greeting: `${words.nobody} ${offer}`,
    instructions: `${plan.instructions}\n\n${words.note}`,
    // Its announcement was heard when the call began.
    ...(recording === undefined ? {} : { recording: { enabled: recording.enabled } }),
  };
}

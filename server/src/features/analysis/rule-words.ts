/** The sentences of an analysis that no language model wrote. */
import type { AnalysisResult } from "@parley/contract/analysis";

type Outcome = AnalysisResult["outcome"];

export interface RuleWords {
  readonly wanted: (words: string) => string;
  readonly noWords: string;
  readonly booked: (what: string, when: string) => string;
  readonly moved: (when: string) => string;
  readonly cancelled: string;
  readonly tookMessage: string;
  readonly transferred: string;
  readonly emergency: string;
  readonly answered: (turns: number) => string;
  readonly unanswered: string;
  readonly ended: Readonly<Record<string, string>>;
  readonly reasons: Readonly<Record<Outcome, string>>;
  readonly passOn: (who: string, message: string) => string;
  readonly callBack: string;
  readonly failedDeed: (deed: string) => string;
  readonly deeds: Readonly<Record<string, string>>;
  readonly somebody: string;
}

const english: RuleWords = {
  wanted: (words) => `The caller said: “${words}”.`,
  noWords: "What the caller said is not known.",
  booked: (what, when) => `The agent booked an appointment${what === "" ? "" : ` (${what})`}${when && ` for ${when}`}.`,
  moved: (when) => `The agent moved the appointment${when && ` to ${when}`}.`,
  cancelled: "The agent cancelled the appointment.",
  tookMessage: "The agent took a message.",
  transferred: "The call was put through to a person.",
  emergency: "The caller's words pointed to an emergency, and the agent said what to do.",
  answered: (turns) => (turns === 1 ? "The agent answered." : `The agent answered ${turns} times.`),
  unanswered: "The agent gave no answer.",
  ended: {
    "caller-hung-up": "The caller hung up.",
    "agent-ended": "The agent said goodbye and ended the call.",
    idle: "The call ended because nobody spoke any more.",
    "max-duration": "The call ended because it reached its longest duration.",
    operator: "A member of staff ended the call.",
    failed: "The call ended because of a fault.",
    draining: "The call ended because the system was restarted.",
    "connection-lost": "The connection was lost.",
  },
  reasons: {
    booked: "An appointment was arranged.",
    "message-taken": "A message was taken for somebody to call back.",
    transferred: "The caller was put through to a person.",
    "question-answered": "The agent answered; whether that was enough cannot be told from the record alone.",
    "no-need-met": "Nothing was arranged and no answer was finished.",
    abandoned: "The caller left before an answer was finished.",
  },
  passOn: (who, message) => `Pass on the message of ${who}: ${message}`,
  callBack: "Call back: the caller asked for a person and could not be put through.",
  failedDeed: (deed) => `Call back: ${deed} did not succeed.`,
  deeds: {
    book_appointment: "booking the appointment",
    reschedule_appointment: "moving the appointment",
    cancel_appointment: "cancelling the appointment",
    take_message: "taking the message",
  },
  somebody: "the caller",
};

const arabic: RuleWords = {
  wanted: (words) => `قال المتصل: «${words}».`,
  noWords: "لا يُعرف ما قاله المتصل.",
  booked: (what, when) => `حجز الوكيل موعدًا${what === "" ? "" : ` (${what})`}${when && ` يوم ${when}`}.`,
  moved: (when) => `غيّر الوكيل الموعد${when && ` إلى ${when}`}.`,
  cancelled: "ألغى الوكيل الموعد.",
  tookMessage: "سجّل الوكيل رسالة.",
  transferred: "حُوّلت المكالمة إلى موظف.",
  emergency: "دلّ كلام المتصل على حالة طارئة، فأخبره الوكيل بما عليه فعله.",
  answered: (turns) => {
    if (turns === 1) return "ردّ الوكيل مرة واحدة.";
    if (turns === 2) return "ردّ الوكيل مرتين.";
    return turns <= 10 ? `ردّ الوكيل ${turns} مرات.` : `ردّ الوكيل ${turns} مرة.`;
  },
  unanswered: "لم يُجب الوكيل.",
  ended: {
    "caller-hung-up": "أنهى المتصل المكالمة.",
    "agent-ended": "ودّع الوكيل المتصل وأنهى المكالمة.",
    idle: "انتهت المكالمة لأن أحدًا لم يعد يتكلم.",
    "max-duration": "انتهت المكالمة لبلوغها أقصى مدة.",
    operator: "أنهى أحد الموظفين المكالمة.",
    failed: "انتهت المكالمة بسبب عطل.",
    draining: "انتهت المكالمة بسبب إعادة تشغيل النظام.",
    "connection-lost": "انقطع الاتصال.",
  },
  reasons: {
    booked: "تم ترتيب موعد.",
    "message-taken": "سُجّلت رسالة ليعاود أحد الاتصال.",
    transferred: "حُوّل المتصل إلى موظف.",
    "question-answered": "أجاب الوكيل، ولا يمكن الجزم من السجل وحده بأن الإجابة كانت كافية.",
    "no-need-met": "لم يُرتَّب شيء ولم تكتمل أي إجابة.",
    abandoned: "أنهى المتصل المكالمة قبل أن تكتمل الإجابة.",
  },
  passOn: (who, message) => `إيصال رسالة ${who}: ${message}`,
  callBack: "معاودة الاتصال: طلب المتصل موظفًا وتعذّر تحويله.",
  failedDeed: (deed) => `معاودة الاتصال: لم ينجح ${deed}.`,
  deeds: {
    book_appointment: "حجز الموعد",
    reschedule_appointment: "تغيير الموعد",
    cancel_appointment: "إلغاء الموعد",
    take_message: "تسجيل الرسالة",
  },
  somebody: "المتصل",
};

/** English where there is nothing of its own. */
export const ruleWordsFor = (language: string): RuleWords => (/^ar(-|$)/i.test(language) ? arabic : english);

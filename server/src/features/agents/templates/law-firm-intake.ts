import {
  defineTemplate,
  englishEmergencySay,
  englishEmergencyWords,
  telephoneManners,
  weekOf,
  workdays,
} from "./template.ts";

export const lawFirmIntake = defineTemplate({
  id: "law-firm-intake",
  description: "Takes in new matters for a law firm: who, what, against whom, how urgent; books a first consultation.",
  config: {
    name: "Law firm intake",
    language: "en-US",
    greeting: "Thank you for calling {{business.name}}. How may I help you?",
    instructions: [
      "You take in calls for {{business.name}}, a law firm. Be discreet, patient and precise. Callers may be distressed.",
      "Ask one thing at a time: the name and a number to call back, what the matter is about, who is on the other side, and whether there is a court date or deadline.",
      "Give no legal advice, no opinion about the chances, and no promise that the firm will take the matter. Say that speaking with you does not make the caller a client.",
      "Ask callers to leave out details they would tell only their lawyer.",
      "Book an initial consultation with the tools when the caller wants one; otherwise take a message that holds what you learned.",
      "Somebody who was arrested, served with papers today or has a deadline within two days is urgent: say so first in the message.",
      telephoneManners,
    ].join("\n"),
    keyterms: [
      "consultation",
      "custody",
      "divorce",
      "injury",
      "lawsuit",
      "subpoena",
      "deadline",
      "attorney",
      "retainer",
    ],
    turnTaking: { pace: "patient" },
    business: {
      name: "Hale and Moreno Law",
      timeZone: "America/Chicago",
      country: "US",
      address: "310 Court Street, suite 400",
      phone: "+1 312 555 0176",
      services: [
        {
          name: "Initial consultation",
          otherWords: ["consultation", "meeting", "intake", "see a lawyer", "attorney"],
          price: "$150",
          durationMinutes: 60,
        },
        { name: "Phone consultation", otherWords: ["call with a lawyer"], price: "$90", durationMinutes: 30 },
      ],
      people: ["Ms. Hale", "Mr. Moreno"],
      facts: [
        "The firm works in family law, personal injury and employment.",
        "The fee of the initial consultation counts towards later work.",
      ],
    },
    openingHours: { weekly: weekOf(workdays, "08:30", "17:30") },
    afterHours: {
      behaviour: "take-message",
      greeting: "Thank you for calling {{business.name}}. The office is closed. May I take a message for an attorney?",
    },
    booking: { slotEveryMinutes: 30, noticeMinutes: 240, daysAhead: 60 },
    emergency: {
      words: [
        ...englishEmergencyWords,
        "he is going to hurt me",
        "she is going to hurt me",
        "threatening to kill",
        "being followed",
      ],
      say: englishEmergencySay,
    },
    recording: { announcement: "This call may be recorded so that nothing you tell us is lost." },
    privacy: { redactBeforeModel: true },
    outcomeFields: [
      {
        name: "matter",
        type: "choice",
        description: "What is it about?",
        choices: ["family", "injury", "employment", "other"],
      },
      { name: "otherParty", type: "text", description: "Who is on the other side?" },
      { name: "deadline", type: "text", description: "Which court date or deadline was named?" },
    ],
  },
});

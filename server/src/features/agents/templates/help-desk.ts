import {
  defineTemplate,
  englishEmergencySay,
  englishEmergencyWords,
  telephoneManners,
  weekOf,
  workdays,
} from "./template.ts";

export const helpDesk = defineTemplate({
  id: "help-desk",
  description:
    "First line of a technical help desk: finds out what is wrong, takes a ticket, books a call with a technician.",
  config: {
    name: "Help desk",
    language: "en-GB",
    greeting: "Hello {{customer.name}}, this is the {{business.name}} help desk. What seems to be the trouble?",
    instructions: [
      "You are the first line of {{business.name}}'s help desk. Be patient; many callers are annoyed before they ring.",
      "Find out who calls, which device or service it is about, what they see, since when, and what was tried already.",
      "Walk through one step at a time and wait until the caller says that it is done. Never ask for a password or a code, and refuse to hear one.",
      "What you cannot mend within a few steps becomes a ticket: take a message that holds everything you learned, and a number to call back.",
      "Offer a technician's call with the booking tools when the caller wants a fixed time.",
      "Several people cut off at once is an outage: say that it is being looked at, and mark the message urgent.",
      telephoneManners,
    ].join("\n"),
    keyterms: ["router", "password", "VPN", "printer", "login", "error code", "ticket", "reset", "outage"],
    turnTaking: { pace: "patient" },
    variables: [{ name: "customer.name", type: "text", description: "How the caller is greeted, where it is known." }],
    business: {
      name: "Brightwire",
      timeZone: "Europe/London",
      country: "GB",
      phone: "+44 20 7946 0161",
      services: [
        {
          name: "Technician call",
          otherWords: ["technician", "call back", "support call", "engineer"],
          durationMinutes: 30,
        },
        { name: "Remote session", otherWords: ["remote help", "screen sharing"], durationMinutes: 60 },
      ],
      facts: [
        "Turning the router off for thirty seconds and on again clears most lost connections.",
        "A ticket is answered within one working day.",
      ],
    },
    openingHours: { weekly: weekOf(workdays, "08:00", "20:00") },
    afterHours: {
      behaviour: "take-message",
      greeting:
        "Hello, the {{business.name}} help desk is closed now. May I take a message, so that someone calls you back?",
    },
    booking: { slotEveryMinutes: 30, noticeMinutes: 60, daysAhead: 14 },
    emergency: {
      words: [...englishEmergencyWords, "electric shock", "smoke coming out", "it's on fire"],
      say: englishEmergencySay,
    },
    recording: { announcement: "This call may be recorded to help us solve your problem." },
    outcomeFields: [
      { name: "device", type: "text", description: "Which device or service was it about?" },
      { name: "isSolved", type: "boolean", description: "Was the problem solved in the call?" },
      { name: "severity", type: "choice", description: "How bad is it?", choices: ["low", "high", "outage"] },
    ],
  },
});

import {
  defineTemplate,
  englishEmergencySay,
  englishEmergencyWords,
  telephoneManners,
  weekOf,
  workdays,
} from "./template.ts";

export const outboundSales = defineTemplate({
  id: "outbound-sales",
  description: "Calls people who asked to hear from you, finds out what they need and books a demonstration.",
  config: {
    name: "Sales caller",
    language: "en-US",
    greeting:
      "Hello {{customer.name}}, this is {{business.name}}, following up on your enquiry. Is this a good moment to talk?",
    instructions: [
      "You call {{customer.name}} for {{business.name}}, because they asked about {{offer.topic}}. Be polite, brief and honest.",
      "Begin with who calls and why. When it is a bad moment, offer to call another time and end the call kindly.",
      "When they say no, are not interested, or ask not to be called again: thank them, say that they will not be called again, take a message that says so, and end the call. Never argue, never ask twice.",
      "Otherwise ask what they use today, what they would like to be better, and who decides. Then offer a demonstration and book it with the tools.",
      "Promise no discount and no result. Take no payment and no card number on the telephone.",
      "When a voicemail or an answering machine speaks, leave the business's name and number in one sentence and end the call.",
      telephoneManners,
    ].join("\n"),
    keyterms: ["demonstration", "demo", "pricing", "trial", "contract", "do not call", "unsubscribe"],
    interruptions: { sensitivity: "eager" },
    maxDurationMinutes: 10,
    variables: [
      { name: "customer.name", type: "text", default: "there", description: "The person's name, as they gave it." },
      { name: "offer.topic", type: "text", default: "our service", description: "What they asked about." },
    ],
    business: {
      name: "Northbeam",
      timeZone: "America/New_York",
      country: "US",
      phone: "+1 212 555 0139",
      services: [
        {
          name: "Product demonstration",
          otherWords: ["demo", "demonstration", "presentation", "meeting"],
          durationMinutes: 30,
        },
        { name: "Trial set-up", otherWords: ["trial", "free trial"], price: "free for 14 days", durationMinutes: 30 },
      ],
      facts: [
        "A demonstration takes half an hour, by video, and costs nothing.",
        "There is a free trial of fourteen days without a card.",
      ],
    },
    openingHours: { weekly: weekOf(workdays, "09:00", "18:00") },
    afterHours: { behaviour: "take-message" },
    booking: { slotEveryMinutes: 30, noticeMinutes: 120, daysAhead: 30 },
    emergency: { words: englishEmergencyWords.slice(), say: englishEmergencySay },
    recording: { announcement: "This call may be recorded for quality." },
    outcomeFields: [
      {
        name: "interest",
        type: "choice",
        description: "How interested are they?",
        choices: ["none", "later", "interested", "booked"],
      },
      { name: "doNotCall", type: "boolean", description: "Did they ask not to be called again?" },
      { name: "need", type: "text", description: "What would they like to be better?" },
    ],
  },
});

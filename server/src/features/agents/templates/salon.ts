import { defineTemplate, englishEmergencySay, englishEmergencyWords, telephoneManners, weekOf } from "./template.ts";

export const salon = defineTemplate({
  id: "salon",
  description: "Books cuts, colour and treatments for a hair and beauty salon.",
  config: {
    name: "Salon desk",
    language: "en-GB",
    greeting: "Hello, you've reached {{business.name}}. What can I book for you?",
    instructions: [
      "You answer for {{business.name}}, a hair and beauty salon. Be friendly and unhurried.",
      "Book, move and cancel appointments with the tools. Ask for the treatment, the day, the time, the name and the phone number, and read them back.",
      "When a caller asks for a particular stylist, put the name into the note.",
      "Before a first colour a patch test is needed two days ahead: say so, and offer a time for it.",
      "For skin conditions, allergies and pregnancy do not advise: take a message for a therapist.",
      "A visit cancelled less than a day ahead costs half: say so kindly when it applies.",
      telephoneManners,
    ].join("\n"),
    keyterms: ["balayage", "highlights", "blow-dry", "trim", "manicure", "pedicure", "waxing", "patch test"],
    business: {
      name: "Lily Hair and Beauty",
      timeZone: "Europe/London",
      country: "GB",
      address: "22 Station Parade, next to the bakery",
      phone: "+44 161 496 0122",
      services: [
        {
          name: "Cut and blow-dry",
          otherWords: ["haircut", "trim", "cut", "blow dry"],
          price: "£45",
          durationMinutes: 45,
        },
        { name: "Full colour", otherWords: ["colour", "color", "dye"], price: "£80", durationMinutes: 120 },
        { name: "Highlights", otherWords: ["balayage", "foils"], price: "£110", durationMinutes: 150 },
        { name: "Manicure", otherWords: ["nails", "gel nails"], price: "£28", durationMinutes: 45 },
        { name: "Patch test", otherWords: ["allergy test"], price: "free", durationMinutes: 10 },
      ],
      people: ["Lily", "Marta", "Joseph"],
      facts: ["Children under twelve have their hair cut for half the price on weekdays.", "We take cards and cash."],
    },
    openingHours: {
      weekly: {
        ...weekOf(["tuesday", "wednesday", "thursday", "friday"], "09:00", "19:00"),
        ...weekOf(["saturday"], "09:00", "17:00"),
      },
    },
    booking: { slotEveryMinutes: 15, noticeMinutes: 120, daysAhead: 60 },
    emergency: { words: [...englishEmergencyWords, "burning my scalp", "allergic reaction"], say: englishEmergencySay },
    recording: { announcement: "This call may be recorded for training." },
    outcomeFields: [
      { name: "treatment", type: "text", description: "What was asked for?" },
      { name: "wishedStylist", type: "text", description: "Was a particular stylist asked for?" },
    ],
  },
});

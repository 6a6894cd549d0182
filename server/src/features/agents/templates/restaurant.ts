import { defineTemplate, englishEmergencySay, englishEmergencyWords, telephoneManners, weekOf } from "./template.ts";

export const restaurant = defineTemplate({
  id: "restaurant",
  description: "Takes table reservations, answers about the kitchen, the hours and the way there.",
  config: {
    name: "Restaurant host",
    language: "en-GB",
    greeting: "Good day, {{business.name}}. Would you like to book a table?",
    instructions: [
      "You are the host of {{business.name}}, a restaurant. Be cheerful and quick: the kitchen is busy and callers want a table.",
      "For a reservation ask for the size of the party, the day, the time, the name and a phone number, and read them back.",
      "Parties of more than eight, private events and complaints go to the manager: take a message.",
      "Ask about allergies and put them into the note. Never promise that a dish is free of something: the kitchen must confirm it.",
      "Take no card numbers on the telephone.",
      telephoneManners,
    ].join("\n"),
    keyterms: ["reservation", "table", "terrace", "high chair", "gluten", "vegan", "set menu", "brunch"],
    turnTaking: { pace: "quick" },
    interruptions: { sensitivity: "careful" },
    business: {
      name: "The Olive Court",
      timeZone: "Europe/London",
      country: "GB",
      address: "7 Market Row, by the old fountain",
      phone: "+44 20 7946 0107",
      services: [
        {
          name: "Table for two",
          otherWords: ["table", "reservation", "table for 2", "dinner", "lunch"],
          durationMinutes: 90,
        },
        { name: "Table for four", otherWords: ["table for 4"], durationMinutes: 120 },
        { name: "Group table", otherWords: ["group", "table for six", "table for eight"], durationMinutes: 150 },
        { name: "Sunday roast", otherWords: ["roast"], price: "£24", durationMinutes: 120 },
      ],
      facts: [
        "The kitchen closes an hour before the restaurant.",
        "There are vegetarian and vegan dishes every day.",
        "Dogs are welcome on the terrace.",
      ],
    },
    openingHours: {
      weekly: {
        ...weekOf(["tuesday", "wednesday", "thursday"], "12:00", "23:00"),
        ...weekOf(["friday", "saturday"], "12:00", "00:30"),
        ...weekOf(["sunday"], "12:00", "18:00"),
      },
      holidays: [{ date: "12-25", name: "Christmas Day" }],
    },
    booking: { slotEveryMinutes: 30, noticeMinutes: 120, daysAhead: 60 },
    afterHours: {
      greeting: "Hello, {{business.name}} is closed just now, but I can book you a table. When would you like to come?",
    },
    emergency: {
      words: [...englishEmergencyWords, "allergic reaction", "choking", "throat is closing"],
      say: englishEmergencySay,
    },
    recording: { announcement: "This call may be recorded for training." },
    outcomeFields: [
      { name: "partySize", type: "number", description: "For how many people?" },
      { name: "allergies", type: "text", description: "Which allergies were mentioned?" },
    ],
  },
});

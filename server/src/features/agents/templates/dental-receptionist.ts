import {
  defineTemplate,
  englishEmergencySay,
  englishEmergencyWords,
  telephoneManners,
  weekOf,
  workdays,
} from "./template.ts";

export const dentalReceptionist = defineTemplate({
  id: "dental-receptionist",
  description: "Answers a dental practice: books, moves and cancels visits, gives hours, prices and directions.",
  config: {
    name: "Dental receptionist",
    language: "en-US",
    greeting: "Thank you for calling {{business.name}}. How can I help you today?",
    instructions: [
      "You are the receptionist of {{business.name}}, a dental practice. Be warm, calm and brief: callers may be in pain or afraid.",
      "Book, move and cancel appointments with the tools. Confirm service, day, time, name and phone number before you write anything.",
      "A caller in pain gets the earliest time there is; ask about swelling, fever and bleeding, and mention what you heard in the note.",
      "Give no diagnosis and no advice about medicine. Never say what a treatment will feel like for this caller.",
      "You do not know what an insurance covers: take a message, the team will call back.",
      telephoneManners,
      "Say goodbye before you end the call.",
    ].join("\n"),
    keyterms: [
      "cleaning",
      "check-up",
      "whitening",
      "filling",
      "extraction",
      "root canal",
      "braces",
      "hygienist",
      "crown",
    ],
    turnTaking: { pace: "balanced" },
    business: {
      name: "Riverside Dental",
      timeZone: "America/New_York",
      country: "US",
      address: "48 River Street, second floor",
      phone: "+1 617 555 0148",
      services: [
        { name: "Cleaning", otherWords: ["scaling", "polish", "hygienist"], price: "$90", durationMinutes: 30 },
        { name: "Check-up", otherWords: ["exam", "consultation"], price: "$60", durationMinutes: 20 },
        { name: "Whitening", otherWords: ["bleaching"], price: "$250", durationMinutes: 60 },
        { name: "Filling", otherWords: ["cavity"], price: "$150", durationMinutes: 45 },
        { name: "Extraction", otherWords: ["pull a tooth", "wisdom tooth"], price: "$180", durationMinutes: 45 },
        { name: "Root canal", otherWords: ["nerve treatment"], price: "$700", durationMinutes: 90 },
      ],
      people: ["Dr. Emily Carter", "Dr. Omar Hassan"],
      facts: [
        "New patients should come ten minutes early and bring a photo ID.",
        "There is parking behind the building.",
      ],
    },
    openingHours: { weekly: { ...weekOf(workdays, "09:00", "18:00"), ...weekOf(["saturday"], "10:00", "14:00") } },
    afterHours: {
      greeting:
        "Thank you for calling {{business.name}}. We are closed now, but I can book a visit or take a message. How can I help you?",
    },
    emergency: {
      words: [
        ...englishEmergencyWords,
        "knocked out tooth",
        "tooth knocked out",
        "face is swelling",
        "can't swallow",
        "broke my jaw",
      ],
      say: englishEmergencySay,
    },
    recording: { announcement: "This call may be recorded to help us look after you." },
    outcomeFields: [
      { name: "reason", type: "text", description: "Why did the patient call?" },
      { name: "isNewPatient", type: "boolean", description: "Is the caller new to the practice?" },
      {
        name: "urgency",
        type: "choice",
        description: "How soon must somebody look at it?",
        choices: ["routine", "soon", "today"],
      },
    ],
  },
});

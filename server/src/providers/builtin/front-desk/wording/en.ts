import type { Wording } from "./wording.ts";

export const english: Wording = {
  greet: ["Hello! How can I help you?", "Hi there, how can I help you today?"],
  howCanIHelp: ["How can I help you?", "What can I do for you?"],
  anythingElse: ["Is there anything else I can help with?", "Anything else I can do for you?"],
  thanks: ["You're very welcome.", "My pleasure.", "Happy to help."],
  goodbye: ["Thank you for calling. Have a lovely day, goodbye!", "Thanks for calling, take care. Goodbye!"],
  robot: ["I'm the automated assistant here. I can book, move or cancel a visit, or have someone call you back."],
  notUnderstood: ["Sorry, I didn't quite get that.", "I'm sorry, I missed that."],
  offerPerson: [
    "I'm sorry, I'm having trouble understanding. Would you like to leave a message so that someone can call you back?",
  ],
  dropped: ["No problem, I won't go ahead with that.", "All right, I've left that."],
  whatToChange: ["No problem. What should I change?", "Sorry about that. What would you like to change?"],
  askService: ["What would you like to come in for?", "Which treatment would you like?"],
  askDay: ["Which day suits you?", "What day would you like to come in?"],
  askNewDay: ["Which day would you like to move it to?", "What day would you like instead?"],
  askTime: ["What time would you like?", "And what time works for you?"],
  askName: ["Can I have your name, please?", "May I have your name?"],
  askPhone: ["What's the best phone number for you?", "And what's your phone number?"],
  askBookedPhone: ["What phone number is the appointment under?", "Which phone number did you book with?"],
  askMessage: ["Of course. What's the message?", "Sure. What message should I pass on?"],
  person: ["Of course. I'll have someone from the team call you back.", "Sure, I'll ask someone to call you back."],
  handingOver: "One moment, I'll hand you over to a colleague.",
  transferReason: "The caller asked for a person.",
  keepMessageOut: ["All right."],
  askWhich: "You have more than one appointment under that number. Which one do you mean, what is it for?",
  noneFound: "I can't find a coming appointment for that number.",
  typeNumber: "Please type your phone number, then press hash, and the team will call you back.",
  keypadMenu: "Press 1 to book, 2 for our hours and address, 3 to leave a message for the team, or 0 for a person.",
  numberIncomplete: "Sorry, that number doesn't look complete. Please type your phone number again, then press hash.",
  keyHeard: "Okay.",
  unknownFact: [
    "I don't have that here, sorry. I can take a message and the team will call you back. Would you like that?",
  ],
  timePassed: "That time has already passed.",
  callbackReason: "Please call back.",
  urgentReason: "Urgent: the caller described an emergency. Please call back at once.",
  bookingReason: "Would like to book an appointment. Please call back.",
  done: "Thank you. The team will call you back.",
  emergency: (number) =>
    `I'm sorry, that sounds serious. Please hang up and call ${number} right away, or go to the nearest emergency room. I can also ask someone from the team to call you back at once. Shall I do that?`,
  notOffered: (list) => `I'm sorry, we don't offer that. We do ${list}. Which would you like?`,
  closedOn: (date) => `I'm sorry, we're closed on ${date}. Which other day suits you?`,
  outsideHours: (time) => `I'm sorry, we're not open at ${time} that day.`,
  nothingFree: (date) => `I'm sorry, there's nothing free on ${date}. Which other day suits you?`,
  nothingFreeSoon: (date) =>
    `I'm sorry, there's nothing free on ${date} or in the days after. Would you like to leave a message so that someone can call you back?`,
  offer: (date, times, count) =>
    count === 1
      ? `On ${date} I have ${times}. Would that time work?`
      : `On ${date} I have ${times}. Which time suits you?`,
  notFree: (time, times) => `${time} isn't free, but I have ${times}. Which time suits you?`,
  goOn: (digits) => `I have ${digits} so far. Go on with the number.`,
  checkNumber: (digits) => `I have ${digits}. Is that right?`,
  confirmBooking: ({ when, service, name, phone }) =>
    `So that's ${when} for ${service}, name ${name}${phone === "" ? "" : `, phone ${phone}`}. Is that right?`,
  confirmMove: ({ when, phone }) =>
    `So I'll move your appointment${phone === "" ? "" : ` under ${phone}`} to ${when}. Is that right?`,
  confirmCancel: (phone) =>
    `You'd like to cancel the appointment${phone === "" ? "" : ` under ${phone}`}. Is that right?`,
  confirmMessage: ({ message, name, phone }) =>
    `I'll tell the team: ${message.replace(/[.!?\s]+$/, "")}. ${phone === "" ? `That's from ${name ?? "you"}` : `They'll call ${name ?? "you"} on ${phone}`}. Is that right?`,
  booked: (when) => `You're all set: ${when}.`,
  moved: (when) => `Done, your appointment is now ${when}.`,
  cancelled: () => "Your appointment is cancelled.",
  messageTaken: () => "Thank you, I've passed that on. The team will call you back.",
  failed: (reason) =>
    `I'm sorry, I couldn't do that. ${reason} Would you like to leave a message so that the team can call you back?`,
  notCertain: () => "I've asked for that, but it isn't certain yet. You'll hear from us as soon as it is.",
  messageFailed: (phone) =>
    `I'm sorry, I couldn't pass that on just now. Please try again later${phone === "" ? "" : ` on ${phone}`}. Is there anything else I can help with?`,
  taken: (times) => `I'm sorry, that time was just taken. I have ${times}. Which time suits you?`,
  hours: (lines) => `We're open ${lines}.`,
  hoursOn: (date, spans) => `On ${date} we're open ${spans}.`,
  price: (service, price, minutes) =>
    `${service} is ${price}${minutes === undefined ? "" : ` and takes about ${minutes} minutes`}.`,
  prices: (list) => `${list}.`,
  whichPrice: (list) => `We have ${list}. Which one would you like the price of?`,
  address: (address) => `We're at ${address}.`,
  services: (list) => `We offer ${list}.`,
  offersService: (service) => `Yes, we do ${service}.`,
  confirmKeys: (digits) => `I have ${digits}. Press 1 if that's right, or 2 to type it again.`,
  span: (from, to) => `from ${from} to ${to}`,
};

import { keepId, of, plain, type Samples } from "./sample.ts";

/** Far enough ahead that nothing of the walk stands there. */
const startsAt = "2031-03-03T10:00:00Z";

/** After the agents and contacts are there. */
export const calendars: Samples = {
  "calendars.create": {
    send: (_at, tenant) => ({ body: { kind: "person", name: tenant.word("calendar") } }),
    keep: keepId("calendar"),
  },
  "calendars.list": plain,
  "calendars.get": of("calendar"),
  "calendars.change": of("calendar", {
    send: (_at, tenant) => ({ body: { name: tenant.word("calendar"), settings: { slotEveryMinutes: 20 } } }),
  }),
  "appointments.create": {
    send: (at, tenant) => ({
      body: {
        ...{ calendarId: at("calendar"), service: "cleaning", startsAt, phone: tenant.phone },
        ...{ name: tenant.word("patient"), note: tenant.word("appointment note") },
      },
    }),
    keep: keepId("appointment"),
  },
  "appointments.list": { send: (at) => ({ query: { calendarId: at("calendar") } }), finds: "nothing" },
  "appointments.get": of("appointment"),
  "appointments.move": of("appointment", {
    send: () => ({ body: { startsAt: "2031-03-04T10:00:00Z" } }),
    alsoAttacked: [(at) => ({ params: { id: at("appointment") }, body: { startsAt, calendarId: at("calendar") } })],
  }),
  // The walk's agent has no services.
  "appointments.availability": {
    send: (at) => ({ query: { agentId: at("agent"), date: "2031-03-03" } }),
    status: 400,
  },
};

export const clearingCalendars: Samples = {
  "appointments.cancel": of("appointment"),
  "calendars.delete": of("calendar"),
};

/** A short day of traffic with faults ends in agreement; and what disagrees is found. The long one: `node bench/day-of-traffic.ts`. */
import { expect, test } from "vitest";
import { measureDay, renderDay } from "../bench/day-of-traffic.ts";
import { type Evidence, findDisagreements } from "../scripts/check-agreement.ts";

const minute = 60_000;

/** Each makes one thing untrue. */
const lies: readonly (readonly [string, (evidence: Evidence) => Evidence, RegExp])[] = [
  [
    "an event that is gone",
    (each) => ({ ...each, calendars: each.calendars.map((one) => ({ ...one, events: one.events.slice(1) })) }),
    /is active and has 0 events/,
  ],
  [
    "an event twice",
    (each) => ({
      ...each,
      calendars: each.calendars.map((one) => ({ ...one, events: [...one.events, ...one.events.slice(0, 1)] })),
    }),
    /is active and has 2 events/,
  ],
  [
    "an event of nobody's",
    (each) => ({
      ...each,
      calendars: each.calendars.map((one) => ({
        ...one,
        events: [...one.events, ...one.events.slice(0, 1).map((event) => ({ ...event, appointmentId: "appt_none" }))],
      })),
    }),
    /stands for appt_none, which is not active/,
  ],
  [
    "an event at another time",
    (each) => ({
      ...each,
      calendars: each.calendars.map((one) => ({
        ...one,
        events: one.events.map((event) => ({ ...event, startsAt: "2026-01-01T00:00:00Z" })),
      })),
    }),
    /its event at 2026-01-01/,
  ],
  ["a text that never came", (each) => ({ ...each, texts: each.texts.slice(1) }), /was to get \d+ texts and got/],
  [
    "a text twice",
    (each) => ({ ...each, texts: [...each.texts, ...each.texts.slice(0, 1)] }),
    /this was texted 2 times/,
  ],
  ["a mail that never came", (each) => ({ ...each, mails: [] }), /the mail owner-booking .* came 0 times/],
  ["a webhook that never came", (each) => ({ ...each, webhooks: each.webhooks.slice(1) }), /never came|times/],
  ["a deed that is not in the audit log", (each) => ({ ...each, audit: [] }), /stands 0 times in the audit log/],
  [
    "a deed twice in the audit log",
    (each) => ({
      ...each,
      audit: [...each.audit, ...each.audit.filter(({ action }) => action === "appointments.create")],
    }),
    /stands 2 times in the audit log/,
  ],
  [
    "a caller who was told what is not so",
    (each) => ({ ...each, deeds: [...each.deeds, { callId: "call_none", name: "book_appointment", outcome: "ok" }] }),
    /call_none was told 1 times/,
  ],
];

test("appointments, calendars, texts, mails, webhooks and the audit log agree; each lie about them is found", {
  timeout: 6 * minute,
}, async () => {
  const figures = await measureDay({ calls: 14, lanes: 4, lastsMs: 20_000, seed: 3, weatherEveryMs: 2000 });
  expect(figures.disagreements, renderDay(figures)).toEqual([]);
  expect(figures.evidence.appointments.length, renderDay(figures)).toBeGreaterThan(3);
  for (const [name, lie, expected] of lies) {
    expect(findDisagreements(lie(figures.evidence)).join("\n"), name).toMatch(expected);
  }
});

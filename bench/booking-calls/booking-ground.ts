/** A real appointment book for the simulated callers: the tools that agents have, on a real database. */
import { randomBytes } from "node:crypto";
import { DateTime } from "luxon";
import type { ToolRequest, ToolRunner } from "../../server/src/call/ports.ts";
import {
  type BusinessProfile,
  createAppointmentDesk,
  createAppointments,
  type Weekday,
} from "../../server/src/features/appointments/index.ts";
import { createAuditLog } from "../../server/src/features/audit/index.ts";
import { createMessages } from "../../server/src/features/messages/index.ts";
import { createOrganizations } from "../../server/src/features/organizations/index.ts";
import {
  createBuiltInTools,
  createToolRunner,
  createToolShelf,
  runnerForCall,
  toolSpecs,
} from "../../server/src/features/tools/index.ts";
import type { Clock } from "../../server/src/kernel/clock.ts";
import { systemClock } from "../../server/src/kernel/clock.ts";
import { silentLog } from "../../server/src/platform/db/log-line.ts";
import type { OrgDb } from "../../server/src/platform/db/org-db.ts";
import { createJobSender } from "../../server/src/platform/queue/job-sender.ts";
import { testPlan } from "../../server/src/testing/simulate-call.ts";
import { type BenchLanguage, demoOf, startMs } from "./business.ts";
import { type Wanted } from "./wish.ts";

const halfHourMs = 30 * 60_000;
export const orgOf = (language: BenchLanguage) => `org_bench_${language}`;

export interface BookedRow {
  readonly service: string;
  /** Local, YYYY-MM-DDTHH:mm. */
  readonly startsAt: string;
  readonly name: string | null;
  readonly phone: string | null;
}

export interface BookingGround {
  readonly specs: typeof toolSpecs;
  /** The tools of one call. */
  runner(language: BenchLanguage, callId: string): ToolRunner;
  /** Somebody else, or the caller on another day. */
  book(language: BenchLanguage, wanted: Wanted): Promise<boolean>;
  /** What the book shows by now. */
  rows(language: BenchLanguage): Promise<BookedRow[]>;
}

function profileOf(language: BenchLanguage): BusinessProfile {
  const { facts, timeZone, language: spoken } = demoOf(language);
  const openingHours: Partial<Record<Weekday, { from: string; to: string }[]>> = {};
  for (const { weekday, opens, closes } of facts.hours) {
    openingHours[weekday as Weekday] = [...(openingHours[weekday as Weekday] ?? []), { from: opens, to: closes }];
  }
  return {
    ...{ timeZone, openingHours, language: spoken, country: language === "ar" ? "EG" : "US" },
    services: facts.services.map(({ name, aliases, durationMinutes = 30 }) => ({
      name,
      aliases,
      durationMs: durationMinutes * 60_000,
    })),
    ...{ slotEveryMs: halfHourMs, minNoticeMs: 0, maxAheadDays: 60 },
  };
}

const unused = () => Promise.reject(new Error("no call of the bench asks for it"));

export async function openBookingGround(db: OrgDb): Promise<BookingGround> {
  const clock: Clock = { now: () => systemClock.now(), wallNow: () => startMs, setTimer: systemClock.setTimer };
  const organizations = createOrganizations({ db, masterKey: randomBytes(32) });
  const deps = { db, organizations, clock, emit: async () => undefined };
  for (const language of ["en", "ar"] as const)
    await organizations.ensure({ orgId: orgOf(language), name: demoOf(language).agentName });
  const languageOf = (orgId: string): BenchLanguage => (orgId === orgOf("ar") ? "ar" : "en");
  const builtIn = createBuiltInTools({
    appointments: createAppointments(deps),
    messages: createMessages(deps),
    profileOf: ({ orgId }) => profileOf(languageOf(orgId)),
    contacts: { findByPhone: unused, amend: unused },
    searchDocuments: () => Promise.resolve([]),
    ...{ sendText: unused, sendEmail: unused, noteIntent: unused },
  });
  const shelf = createToolShelf({ builtIn, sources: [] });
  const runner = createToolRunner({
    ...{ db, organizations, clock, shelf, log: silentLog, jobs: createJobSender() },
    accounts: { of: async () => [] },
  });
  const desk = createAppointmentDesk({
    ...deps,
    audit: createAuditLog({ clock }),
    profileOf: async ({ orgId }) => profileOf(languageOf(orgId)),
  });
  const wantedTools = new Set([
    "check_availability",
    "book_appointment",
    "reschedule_appointment",
    "cancel_appointment",
    "take_message",
    "end_call",
  ]);
  let others = 0;
  return {
    specs: toolSpecs.filter(({ name }) => wantedTools.has(name)),
    runner: (language, callId) =>
      runnerForCall(runner, { ...testPlan, callId, orgId: orgOf(language), language: demoOf(language).language }),
    async book(language, { service, date, time = "10:00", name, phone }) {
      const callId = `call_before_${++others}`;
      const input = { service, startsAt: `${date}T${time}`, name, phone };
      const request: ToolRequest = {
        ...{ orgId: orgOf(language), agentId: "agent_bench", callId, idempotencyKey: callId },
        ...{ call: { id: callId, name: "book_appointment", input }, signal: new AbortController().signal },
      };
      return (await runner.run(request)).status === "ok";
    },
    async rows(language) {
      const { timeZone } = demoOf(language);
      const { items } = await desk.list(orgOf(language), { limit: 1000, status: "active" });
      return items.map(({ service, startsAt, name, phone }) => ({
        ...{ service, name, phone },
        startsAt: DateTime.fromISO(startsAt, { zone: timeZone }).toFormat("yyyy-MM-dd'T'HH:mm"),
      }));
    },
  };
}

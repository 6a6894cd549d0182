/** Whom the organisations know, who of them gets through, and what an agent is told of a caller. */
import type { AuditLog } from "../features/audit/index.ts";
import {
  type CallerContexts,
  type ContactImports,
  type ContactMemories,
  type Contacts,
  createCallerContexts,
  createContactImports,
  createContactMemories,
  createContacts,
} from "../features/contacts/index.ts";
import { createScreening, type Screening } from "../features/screening/index.ts";
import { createJobSender } from "../platform/queue/job-sender.ts";
import type { CallerFacts, CallScreening } from "./call-gates.ts";
import { clock, type Stores } from "./stores.ts";

export interface Customers {
  readonly contacts: Contacts;
  readonly contactMemories: ContactMemories;
  readonly contactImports: ContactImports;
  readonly screening: Screening;
  readonly callScreening: CallScreening;
  readonly callerFacts: CallerFacts;
}

export function openCustomers({ db, organizations }: Stores, { audit }: { audit: AuditLog }): Customers {
  const parts = { db, clock, organizations, audit };
  const contacts = createContacts(parts);
  const screening = createScreening({ ...parts, contacts });
  const contexts = createCallerContexts({ ...parts, contacts });
  return {
    ...{ contacts, screening },
    contactMemories: createContactMemories(parts),
    contactImports: createContactImports({ ...parts, jobs: createJobSender() }),
    callScreening: toGate(screening),
    callerFacts: toFacts(contexts, screening),
  };
}

/** A call we place ourselves was screened before it was dialled. */
function toGate(screening: Screening): CallScreening {
  return {
    async screen({ orgId, agent, direction, from, atMs }) {
      if (direction === "outbound") return { verdict: "allow" };
      const { language } = agent.config;
      const call = { orgId, language, atMs, ...(from === undefined ? {} : { from }) };
      const verdict = await screening.screenInbound(call);
      return verdict.verdict === "refuse" ? verdict : { verdict: "allow" };
    },
  };
}

function toFacts(contexts: CallerContexts, screening: Screening): CallerFacts {
  return {
    variablesOf: (caller) => contexts.variablesOf(caller),
    async contextOf({ orgId, agent, direction, phone }) {
      const withMemory = agent.config.privacy.rememberCallers;
      const known = phone === undefined ? undefined : await contexts.of({ orgId, phone, withMemory });
      const caller = phone === undefined ? { orgId } : { orgId, from: phone };
      const advice = direction === "inbound" ? await screening.adviceFor(caller) : undefined;
      const notes = [advice?.instructions, known?.memory].filter((text) => text !== undefined);
      return {
        ...(known === undefined ? {} : { contactId: known.contactId }),
        ...(advice?.hangUpOnRobocalls === true ? { hangUpOnRobocalls: true } : {}),
        notes,
      };
    },
  };
}

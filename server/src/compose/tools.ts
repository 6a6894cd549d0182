/** The tools: those of the platform and those an organisation added, run in calls, by jobs and when somebody tries them. */
import type { Retriever } from "../call/ports.ts";
import type { Config } from "../config.ts";
import { createProfileReader } from "../features/agents/index.ts";
import { type AuditLog, createAuditLog } from "../features/audit/index.ts";
import { noteIntent } from "../features/automations/index.ts";
import { listAccounts } from "../features/connections/index.ts";
import { createContacts } from "../features/contacts/index.ts";
import { createMessages } from "../features/messages/index.ts";
import {
  type Accounts,
  type CustomTools,
  createBuiltInTools,
  createCustomTools,
  createHttpToolSource,
  createMcpServers,
  createMcpSource,
  createSettleDeed,
  createToolDesk,
  createToolRunner,
  createToolShelf,
  createVendorTools,
  type McpServers,
  type McpSessions,
  reservedToolNames,
  settleDeedJob,
  type ToolDesk,
  type ToolShelf,
  type WishRunner,
} from "../features/tools/index.ts";
import type { LogLine } from "../platform/db/log-line.ts";
import type { AddressRules } from "../platform/net/address-rules.ts";
import type { GuardedFetch } from "../platform/net/guarded-fetch.ts";
import { createJobSender } from "../platform/queue/job-sender.ts";
import type { JobWorker } from "../platform/queue/queue.ts";
import { openAgents } from "./agents.ts";
import { openBookingParts } from "./calendars.ts";
import { composeEmit } from "./emit-event.ts";
import { openMcpSessions } from "./mcp.ts";
import { openAgentSending } from "./notifications.ts";
import { openAccessTokens } from "./oauth.ts";
import { outboundRules } from "./outbound-rules.ts";
import { openDocumentSearch } from "./search-documents.ts";
import { clock, type Stores } from "./stores.ts";
import { createVendorAccounts } from "./vendor-accounts.ts";

/** What runs tools: in a call, in a job, at somebody's wish. */
export interface ToolWorkshop {
  readonly toolShelf: ToolShelf;
  readonly toolRunner: WishRunner;
  readonly accounts: Accounts;
  readonly mcpSessions: McpSessions;
}

export interface ToolFeatures extends ToolWorkshop {
  readonly toolDesk: ToolDesk;
  readonly customTools: CustomTools;
  readonly mcpServers: McpServers;
}

type ToolStores = Pick<Stores, "db" | "organizations">;

export interface ToolParts {
  readonly config: Config;
  readonly log: LogLine;
}

/** The library is loaded when the first request is sent: no process carries it from its start. */
function lazyFetch(rules: AddressRules): GuardedFetch {
  let made: Promise<GuardedFetch> | undefined;
  return async (url, request) => {
    made ??= import("../platform/net/guarded-fetch.ts").then(({ createGuardedFetch }) => createGuardedFetch(rules));
    return await (await made)(url, request);
  };
}

export function openTools(
  { db, organizations }: ToolStores,
  { config, log, retrieverOf }: ToolParts & { readonly retrieverOf?: (orgId: string) => Promise<Retriever> },
): ToolWorkshop {
  const emit = composeEmit({ clock });
  const deeds = { organizations, clock, emit };
  const builtIn = createBuiltInTools({
    ...openBookingParts({ db, organizations }, { config, log }),
    messages: createMessages(deeds),
    profileOf: createProfileReader({ agents: openAgents({ db, organizations }), clock }),
    contacts: createContacts({ db, organizations, clock, audit: createAuditLog({ clock }) }),
    ...openAgentSending({ db, organizations }),
    noteIntent: (tx, noted) => noteIntent(tx, { organizations, clock, jobs: createJobSender() }, noted),
    searchDocuments: openDocumentSearch({ db, organizations }, retrieverOf),
  });
  const fetch = lazyFetch(outboundRules(config));
  const mcpSessions = openMcpSessions(config);
  const sources = [
    createHttpToolSource({ db, organizations, clock, fetch }),
    createMcpSource({ db, organizations, sessions: mcpSessions }),
  ];
  const accessTokenOf = openAccessTokens({ db, organizations }, config);
  const vendors = createVendorAccounts({ db, organizations }, { config, accessTokenOf });
  const vendorTools = createVendorTools({ accounts: vendors, clock });
  const toolShelf = createToolShelf({ builtIn: [...builtIn, ...vendorTools], sources });
  const accounts = { of: (orgId: string) => db.withOrg(orgId, listAccounts) };
  const toolRunner = createToolRunner({
    ...{ db, organizations, clock, log, accounts },
    shelf: toolShelf,
    jobs: createJobSender(),
  });
  return { toolShelf, toolRunner, accounts, mcpSessions };
}

/** In processes that answer the API or run jobs. */
export function openToolDesk(
  stores: ToolStores,
  { config, log, audit }: ToolParts & { readonly audit: AuditLog },
): ToolFeatures {
  const workshop = openTools(stores, { config, log });
  const { toolShelf: shelf, toolRunner: runner, accounts } = workshop;
  const reserved = new Set([...reservedToolNames, ...shelf.builtIn.map(({ name }) => name)]);
  const customTools = createCustomTools({ ...stores, clock, audit, reserved, rules: outboundRules(config) });
  const toolDesk = createToolDesk({ ...stores, clock, audit, shelf, runner, accounts, customTools });
  const mcpServers = createMcpServers({
    ...{ ...stores, clock, audit, rules: outboundRules(config), sessions: workshop.mcpSessions },
    stdioCommands: config.mcpStdioCommands,
  });
  return { ...workshop, customTools, toolDesk, mcpServers };
}

/** In the worker: deeds whose answer nobody saw are looked for. */
export async function registerToolJobs(
  worker: JobWorker,
  { db, organizations, toolShelf }: ToolStores & Pick<ToolFeatures, "toolShelf">,
): Promise<void> {
  const emit = composeEmit({ clock });
  await worker.handle(settleDeedJob, createSettleDeed({ db, organizations, clock, emit, shelf: toolShelf }));
}

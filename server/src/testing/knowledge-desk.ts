/** For tests: knowledge over a real database and real files, its jobs run by hand. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import type { NewKnowledgeSource } from "@parley/contract/knowledge";
import { createAuditLog } from "../features/audit/index.ts";
import {
  createDocumentReader,
  createKnowledge,
  createSourceFiles,
  type KnowledgeParts,
} from "../features/knowledge/index.ts";
import { runReading } from "../features/knowledge/read-source.ts";
import { createOrganizations } from "../features/organizations/index.ts";
import { type Clock, systemClock } from "../kernel/clock.ts";
import { newKey } from "../platform/crypto/envelope.ts";
import { checkOutboundUrl, createGuardedFetch } from "../platform/net/guarded-fetch.ts";
import { createJobSender } from "../platform/queue/job-sender.ts";
import { testDatabase } from "./test-database.ts";

const actor = { kind: "user", id: "user_1" } as const;

export interface DeskOptions {
  readonly clock?: Clock;
  /** The site of a test lies on this machine. */
  readonly allowLoopback?: boolean;
  readonly openReader?: KnowledgeParts["openReader"];
}

export async function openKnowledgeDesk({ clock = systemClock, allowLoopback = true, ...options }: DeskOptions = {}) {
  const database = await testDatabase();
  const dataDir = mkdtempSync(join(tmpdir(), "parley-knowledge-"));
  const rules = { allowPrivate: false, allowLoopback };
  // One process for the documents of a whole test.
  const reader = createDocumentReader();
  const parts: KnowledgeParts = {
    ...{ db: database.orgDb, clock, jobs: createJobSender(), politenessMs: 0 },
    organizations: createOrganizations({ db: database.orgDb, masterKey: newKey() }),
    audit: createAuditLog({ clock, commitClaim: () => Promise.resolve() }),
    files: createSourceFiles({ dataDir }),
    checkUrl: (text) => Promise.resolve().then(() => checkOutboundUrl(text, rules)),
    fetch: createGuardedFetch(rules),
    openReader: options.openReader ?? (() => ({ read: (document) => reader.read(document), close: () => undefined })),
  };
  const knowledge = createKnowledge(parts);
  const openOrganization = async (orgId: string, language = "en-GB") => {
    await parts.organizations.ensure({ orgId, name: "One", language });
    return (await knowledge.collections.create({ orgId, actor }, "Everything")).id;
  };
  const orgId = "org_one";
  const collectionId = await openOrganization(orgId);
  const asked = { orgId, actor, collectionId };
  const read = async (sourceId: string) => {
    await runReading(parts, { orgId, sourceId }, new AbortController().signal);
    return await knowledge.sources.get(orgId, sourceId);
  };
  return {
    ...{ database, dataDir, parts, knowledge, asked, read, openOrganization },
    async upload(name: string, bytes: Uint8Array) {
      const { id } = await knowledge.sources.upload(asked, { name, stream: Readable.from([Buffer.from(bytes)]) });
      return await read(id);
    },
    async add(wanted: NewKnowledgeSource) {
      const { id } = await knowledge.sources.add(asked, wanted);
      return await read(id);
    },
    chunksOf: async (sourceId: string) => (await knowledge.sources.chunks(orgId, sourceId, { limit: 100 })).items,
    countOf: async (what: string) =>
      Number((await database.asAdmin(`select count(*)::int as n from ${what}`)).rows[0]?.["n"]),
    async [Symbol.asyncDispose]() {
      reader.close();
      await database[Symbol.asyncDispose]();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

export const knowledgeFixture = (name: string): Buffer =>
  readFileSync(new URL(`../features/knowledge/fixtures/${name}`, import.meta.url));

export interface TestSite extends AsyncDisposable {
  readonly url: string;
  /** Paths that were asked for, in order. */
  readonly asked: string[];
}

/** Somebody's web server on this machine. */
export async function startTestSite(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<TestSite> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? "");
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

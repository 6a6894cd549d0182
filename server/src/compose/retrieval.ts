/** Documents, searched: in calls, by the tool, by whoever tries the search, and the job that makes vectors. */
import type { Retriever } from "../call/ports.ts";
import type { Config } from "../config.ts";
import type { CallAssignment, ProviderChoice } from "../entry/process-messages.ts";
import { embedChunks } from "../features/knowledge/embed-chunks.job.ts";
import { createRunEmbedding } from "../features/knowledge/embed-chunks.ts";
import type { Embedder } from "../features/knowledge/embedder.port.ts";
import {
  createIndexedVectors,
  createKnowledgeSearch,
  createRetriever,
  createThreadVectors,
  type KnowledgeSearch,
  type SearchTester,
} from "../features/knowledge/search/index.ts";
import type { LogLine } from "../platform/db/log-line.ts";
import { newId } from "../platform/db/new-id.ts";
import type { JobWorker } from "../platform/queue/queue.ts";
import type { VendorKeys } from "./call-gates.ts";
import { chooseEmbeddings } from "./choose-embeddings.ts";
import { createNoteUsage } from "./note-usage.ts";
import { clock, type Stores } from "./stores.ts";

/** One embedder for each choice; the adapters are loaded when the first is made. */
function createEmbedders(config: Config) {
  const made = new Map<string, Promise<Embedder>>();
  const paidByOrganization = new WeakSet<Embedder>();
  const make = async (choice: ProviderChoice): Promise<Embedder> => {
    const { createVendorMakers } = await import("./vendor-makers.ts");
    const embedder = createVendorMakers({ config, clock }).makeEmbedder(choice);
    if (choice.credentials !== undefined) paidByOrganization.add(embedder);
    return embedder;
  };
  return {
    of(choice: ProviderChoice): Promise<Embedder> {
      const key = JSON.stringify(choice);
      const found = made.get(key) ?? make(choice);
      made.set(key, found);
      if (made.size > 1000) made.clear();
      return found;
    },
    payerOf: (embedder: Embedder) => (paidByOrganization.has(embedder) ? { ownKey: true as const } : {}),
  };
}

const keptForMs = 60_000;
const questionsWithinMs = 5000;

export interface Retrieval {
  /** For a call: with whom its plan found to make vectors. */
  retrieverOf(assignment: Pick<CallAssignment, "plan" | "providers">): Retriever | undefined;
  /** As the organisation's latest call has it. */
  retrieverOfOrg(orgId: string): Promise<Retriever>;
  readonly search: KnowledgeSearch;
  close(): Promise<void>;
}

interface RetrievalParts {
  readonly config: Config;
  readonly databaseUrl: string;
  readonly log: LogLine;
}

/** In the process that carries voices, and in the one that answers the API. Nothing is started before the first question. */
export function openRetrieval({ db }: Pick<Stores, "db">, { config, databaseUrl, log }: RetrievalParts): Retrieval {
  const embedders = createEmbedders(config);
  const thread = createThreadVectors({ databaseUrl, clock });
  const bill = createQuestionBill({ db }, { payerOf: embedders.payerOf, log });
  const search = createKnowledgeSearch({
    ...{ db, clock },
    nearest: createIndexedVectors({ db, otherwise: thread, now: () => clock.now() }),
    onUsed: bill.note,
  });
  const latest = new Map<string, Promise<Embedder> | undefined>();
  return {
    search,
    retrieverOf({ plan, providers: { embeddings } }) {
      if (![plan, ...(plan.handoffs ?? [])].some(({ knowledge }) => knowledge !== undefined)) return undefined;
      const embedder = embeddings && embedders.of(embeddings);
      latest.set(plan.orgId, embedder);
      return {
        retrieve: async (request) => await createRetriever(search, await embedder).retrieve(request),
      };
    },
    retrieverOfOrg: async (orgId) => createRetriever(search, await latest.get(orgId)),
    async close() {
      await Promise.all([thread.close(), bill.flush()]);
    },
  };
}

interface Bill {
  note(use: { orgId: string; embedder: Embedder; tokens: number }): void;
  flush(): Promise<void>;
}

/** Questions cost next to nothing and are many: their tokens are entered once a minute. */
function createQuestionBill(
  { db }: Pick<Stores, "db">,
  { payerOf, log }: { payerOf: (embedder: Embedder) => { ownKey?: true }; log: LogLine },
): Bill {
  const noteUsage = createNoteUsage();
  const open = new Map<string, Map<Embedder, number>>();
  let cancel: (() => void) | undefined;
  const flush = async () => {
    cancel?.();
    cancel = undefined;
    const bills = [...open];
    open.clear();
    for (const [orgId, uses] of bills) {
      const used = [...uses].map(([embedder, inputTokens]) => {
        const { provider, model } = embedder;
        return { provider, model, inputTokens, ...payerOf(embedder) };
      });
      const subject = newId("questions", clock.wallNow());
      await db
        .withOrg(orgId, (tx) => noteUsage(tx, { orgId, subject, source: "knowledge", uses: used }))
        .catch((error: unknown) => {
          log("warn", "what questions cost was not entered", { kind: error instanceof Error ? error.name : "unknown" });
        });
    }
  };
  return {
    note({ orgId, embedder, tokens }) {
      const uses = open.get(orgId) ?? new Map<Embedder, number>();
      open.set(orgId, uses.set(embedder, (uses.get(embedder) ?? 0) + tokens));
      cancel ??= clock.setTimer(keptForMs, () => void flush());
    },
    flush,
  };
}

type Keyed = Stores & { readonly config: Config; readonly vendorKeys: VendorKeys };

export interface RetrievalFeatures {
  readonly knowledgeSearch: SearchTester;
}

/** For the API. `databaseUrl`: of the application's login. */
export function openSearchTester(
  stores: Stores,
  parts: { config: Config; log: LogLine; vendorKeys: VendorKeys },
): RetrievalFeatures {
  const { config, log, vendorKeys: keys } = parts;
  const databaseUrl = stores.pool.options.connectionString ?? "";
  const retrieval = openRetrieval(stores, { config, log, databaseUrl });
  const embedders = createEmbedders(config);
  return {
    knowledgeSearch: {
      async try(question) {
        const choice = await chooseEmbeddings({ config, keys }, question.orgId);
        const embedder = choice && (await embedders.of(choice));
        const signal = AbortSignal.timeout(questionsWithinMs * 2);
        return await retrieval.search.search({ ...question, embedder, signal, vectorsWithinMs: questionsWithinMs });
      },
    },
  };
}

/** In the worker. */
export async function registerEmbeddingJob(worker: JobWorker, parts: Keyed & { readonly log: LogLine }): Promise<void> {
  const { db, config, vendorKeys: keys, log } = parts;
  const embedders = createEmbedders(config);
  const noteUsage = createNoteUsage();
  const run = createRunEmbedding({
    ...{ db, log },
    async embedderOf(orgId) {
      const choice = await chooseEmbeddings({ config, keys }, orgId);
      return choice && (await embedders.of(choice));
    },
    noteUse: (tx, { orgId, subject, embedder, use }) =>
      noteUsage(tx, { orgId, subject, source: "knowledge", uses: [{ ...use, ...embedders.payerOf(embedder) }] }),
  });
  await worker.handle(embedChunks, run);
}

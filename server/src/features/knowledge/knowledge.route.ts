import {
  addKnowledgeSource,
  createKnowledgeCollection,
  deleteKnowledgeCollection,
  deleteKnowledgeSource,
  getKnowledgeCollection,
  getKnowledgeSource,
  listKnowledgeChunks,
  listKnowledgeCollections,
  listKnowledgeSources,
  maxKnowledgeFileBytes,
  refreshKnowledgeSource,
  renameKnowledgeCollection,
  uploadKnowledgeFile,
} from "@parley/contract/knowledge";
import { AppError } from "../../kernel/app-error.ts";
import type { RouteMount } from "../../platform/http/route-mount.ts";
import type { Collections } from "./collections.ts";
import type { Sources } from "./sources.ts";

export interface Knowledge {
  readonly collections: Collections;
  readonly sources: Sources;
}

export function mountKnowledgeRoutes(mount: RouteMount, { knowledge }: { knowledge: Knowledge }): void {
  mountCollections(mount, knowledge);
  mountSources(mount, knowledge);
}

function mountCollections(mount: RouteMount, knowledge: Knowledge): void {
  mount(listKnowledgeCollections, ({ orgId, query }) => knowledge.collections.list(orgId, query));
  mount(createKnowledgeCollection, ({ orgId, actor, body }) =>
    knowledge.collections.create({ orgId, actor }, body.name),
  );
  mount(getKnowledgeCollection, ({ orgId, params }) => knowledge.collections.get(orgId, params.id));
  mount(renameKnowledgeCollection, ({ orgId, actor, params, body }) =>
    knowledge.collections.rename({ orgId, actor, collectionId: params.id }, body.name),
  );
  mount(deleteKnowledgeCollection, async ({ orgId, actor, params }) => {
    await knowledge.collections.remove({ orgId, actor, collectionId: params.id });
    return null;
  });
}

function mountSources(mount: RouteMount, knowledge: Knowledge): void {
  mount(uploadKnowledgeFile, async ({ orgId, actor, params, query, upload, request }) => {
    refuseTooLarge(Number(request.headers["content-length"] ?? 0));
    const file = { name: query.name, stream: upload.stream };
    return await knowledge.sources.upload({ orgId, actor, collectionId: params.id }, file).catch((error: unknown) => {
      throw error instanceof AppError && error.code === "payload_too_large" ? tooLarge() : error;
    });
  });
  mount(addKnowledgeSource, ({ orgId, actor, params, body }) =>
    knowledge.sources.add({ orgId, actor, collectionId: params.id }, body),
  );
  mount(listKnowledgeSources, ({ orgId, params, query }) => knowledge.sources.list(orgId, params.id, query));
  mount(getKnowledgeSource, ({ orgId, params }) => knowledge.sources.get(orgId, params.id));
  mount(deleteKnowledgeSource, async ({ orgId, actor, params }) => {
    await knowledge.sources.remove({ orgId, actor, sourceId: params.id });
    return null;
  });
  mount(refreshKnowledgeSource, ({ orgId, actor, params }) =>
    knowledge.sources.refresh({ orgId, actor, sourceId: params.id }),
  );
  mount(listKnowledgeChunks, ({ orgId, params, query }) => knowledge.sources.chunks(orgId, params.id, query));
}

/** Before its first byte is read. */
function refuseTooLarge(bytes: number): void {
  if (bytes > maxKnowledgeFileBytes) throw tooLarge();
}

const tooLarge = () =>
  new AppError("payload_too_large", {
    publicMessage: `The file is larger than ${maxKnowledgeFileBytes / 1024 / 1024} MB. Divide it, or leave its pictures out.`,
  });

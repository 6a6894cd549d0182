import { waitUntil } from "../world.ts";
import { keepId, of, plain, type Samples } from "./sample.ts";

export const knowledge: Samples = {
  "knowledge-collections.create": {
    send: (_at, tenant) => ({ body: { name: tenant.word("collection") } }),
    keep: keepId("collection"),
  },
  "knowledge-collections.list": plain,
  "knowledge-collections.get": of("collection"),
  "knowledge-collections.rename": of("collection", {
    send: (_at, tenant) => ({ body: { name: tenant.word("collection") } }),
  }),
  "knowledge-sources.upload": of("collection", {
    send: (_at, tenant) => ({
      query: { name: "notes.txt" },
      ...{ file: Buffer.from(`All about the ${tenant.word("document")}.`), contentType: "text/plain" },
    }),
    keep: keepId("file source"),
  }),
  "knowledge-sources.add": of("collection", {
    send: (_at, tenant) => ({
      body: { kind: "answers", title: "Answers", answers: [{ question: "What?", answer: tenant.word("answer") }] },
    }),
    keep: keepId("source"),
  }),
  "knowledge-sources.list": of("collection"),
  "knowledge-sources.get": of("source", {
    async before({ tenant }) {
      for (const name of ["source", "file source"]) {
        const params = { id: tenant.id(name) };
        await waitUntil(
          async () => (await tenant.do("knowledge-sources.get", { params }))["status"] === "ready",
          30_000,
        );
      }
    },
  }),
  "knowledge-sources.chunks": of("source"),
  "knowledge.search": {
    unaudited: "a question, which changes nothing",
    send: (_at, tenant) => ({ body: { text: tenant.word("answer") } }),
  },
  "knowledge-sources.refresh": of("source"),
};

export const clearingKnowledge: Samples = {
  "knowledge-sources.delete": of("source"),
  "knowledge-collections.delete": of("collection"),
};

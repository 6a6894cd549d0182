import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { systemClock } from "../../kernel/clock.ts";
import { createProviderIo } from "../provider-io.ts";
import { createOpenAiEmbedder } from "./embeddings.ts";

interface Asked {
  readonly path: string;
  readonly key: string | undefined;
  readonly body: { model: string; input: string[]; dimensions?: number; encoding_format?: string };
}

/** Answers with what `answer` makes of each text, last text first: the order is told by `index` alone. */
async function openServer(answer: (text: string) => number[], status = 200) {
  const asked: Asked[] = [];
  const read = async (request: IncomingMessage) => {
    let text = "";
    for await (const piece of request.setEncoding("utf8")) text += String(piece);
    return JSON.parse(text) as Asked["body"];
  };
  const server = createServer((request, response) => {
    void read(request).then((body) => {
      asked.push({ path: request.url ?? "", key: request.headers.authorization, body });
      const data = body.input.map((text, index) => {
        const embedding = Buffer.from(Float32Array.from(answer(text)).buffer).toString("base64");
        return { object: "embedding", index, embedding };
      });
      response.writeHead(status, { "content-type": "application/json" });
      response.end(
        status === 200
          ? JSON.stringify({ object: "list", data: data.reverse(), usage: { prompt_tokens: 5, total_tokens: 5 } })
          : JSON.stringify({ error: { message: "Incorrect API key provided: sk-secret.", code: "invalid_api_key" } }),
      );
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  const embedder = createOpenAiEmbedder({
    credentials: { apiKey: "sk-secret", baseUrl: `http://127.0.0.1:${port}/v1` },
    options: { model: "text-embedding-3-small", dimensions: 64 },
    io: createProviderIo(systemClock),
  });
  const embed = (...texts: string[]) =>
    embedder.embed({ texts, purpose: "document", signal: new AbortController().signal });
  const close = () => void (server.closeAllConnections(), server.close());
  return { asked, embed, [Symbol.dispose]: close };
}

const ofLength = (length: number, first: number) => Array.from({ length }, (_, index) => (index === 0 ? first : 0));

test("texts come back as vectors of length 1 in their order; short vectors are asked for", async () => {
  using server = await openServer((text) => (text === "one" ? ofLength(64, 4) : ofLength(64, -2)));
  const { vectors, tokens } = await server.embed("one", "two", "  ");
  expect(vectors.map((vector) => vector[0])).toEqual([1, -1, -1]);
  expect(vectors.every((vector) => vector.length === 64)).toBe(true);
  expect(tokens).toBe(5);
  expect(server.asked).toEqual([
    {
      path: "/v1/embeddings",
      key: "Bearer sk-secret",
      body: { model: "text-embedding-3-small", input: ["one", "two", "-"], dimensions: 64, encoding_format: "base64" },
    },
  ]);
});

test("vectors of another length, and refusals, are failures in the vendor's words without the key", async () => {
  using wrong = await openServer(() => ofLength(32, 1));
  await expect(wrong.embed("one")).rejects.toMatchObject({ category: "protocol", permanent: false });
  using refusing = await openServer(() => [], 401);
  const refused = refusing.embed("one");
  await expect(refused).rejects.toMatchObject({ provider: "openai", permanent: true, status: 401 });
  await expect(refused).rejects.not.toThrow(/sk-secret/);
});

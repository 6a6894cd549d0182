import { expect, test } from "vitest";
import { systemClock } from "../../kernel/clock.ts";
import { testLanguageModel } from "../conformance-llm.ts";
import { chatWire } from "../conformance-llm-chat-wire.ts";
import { collectParts, modelRequest, textOf } from "../conformance-llm-wire.ts";
import { beginEvents, startScriptedServer } from "../scripted-server.ts";
import { mistral } from "./index.ts";

const create = (origin: string, apiKey: string) =>
  mistral.llm.create({
    credentials: { apiKey, baseUrl: `${origin}/v1` },
    options: mistral.llm.options.parse({}),
    io: {
      fetch: globalThis.fetch,
      clock: systemClock,
      connect: () => {
        throw new Error("no socket here");
      },
    },
  });

testLanguageModel({ name: "Mistral", wire: chatWire({ usageAlone: false, wholeToolCalls: true }), create });

test("a chunk without choices does not end the process", async () => {
  const server = await startScriptedServer();
  const wire = chatWire({ usageAlone: true, wholeToolCalls: true });
  server.answer((response) => {
    beginEvents(response);
    response.end(`data: {"id":"c1","choices":[]}\n\n${wire.text("Oui.")}${wire.finish("stop")}`);
  });
  expect(textOf(await collectParts(create(server.url, "k"), modelRequest()))).toBe("Oui.");
  await server.close();
});

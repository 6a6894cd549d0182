/** One suite that every language model adapter passes. The vendor's wire is written by the test of that vendor. */
import { afterAll, beforeAll, describe } from "vitest";
import type { LanguageModel } from "../call/ports.ts";
import {
  testAborts,
  testBrokenStreams,
  testCompleteness,
  testPrompts,
  testRefusals,
  testReplies,
} from "./conformance-llm-cases.ts";
import type { LlmCase, LlmConformance } from "./conformance-llm-wire.ts";
import { type ScriptedServer, startScriptedServer } from "./scripted-server.ts";

export function testLanguageModel(conformance: LlmConformance): void {
  describe(`${conformance.name} as a language model`, () => {
    let server: ScriptedServer | undefined;
    let model: LanguageModel | undefined;
    beforeAll(async () => {
      server = await startScriptedServer();
      model = conformance.create(server.url, "key-under-test");
    });
    afterAll(() => server?.close());
    const started = <T>(value: T | undefined): T => {
      if (value === undefined) throw new Error("The suite has not begun.");
      return value;
    };
    const subject: LlmCase = { ...conformance, server: () => started(server), model: () => started(model) };
    testReplies(subject);
    testCompleteness(subject);
    testRefusals(subject);
    testBrokenStreams(subject);
    testAborts(subject);
    testPrompts(subject);
  });
}

import { EventEmitter } from "node:events";
import { expect, test } from "vitest";
import { AppError } from "../kernel/app-error.ts";
import type { ProcessChannel } from "./process-link.ts";
import { createProcessLink } from "./process-link.ts";

/** Two ends of one channel, as JSON takes messages from one process to another. */
function linkedChannels(): [ProcessChannel, ProcessChannel] {
  const ends = [new EventEmitter(), new EventEmitter()] as const;
  const end = (mine: EventEmitter, other: EventEmitter) =>
    Object.assign(mine, {
      send: (message: unknown) => other.emit("message", JSON.parse(JSON.stringify(message)), undefined),
    }) as unknown as ProcessChannel;
  return [end(ends[0], ends[1]), end(ends[1], ends[0])];
}

test("a fault in the other process arrives as ours, with where it happened and none of its words", async () => {
  const [here, there] = linkedChannels();
  const asking = createProcessLink(here);
  const answering = createProcessLink(there);
  answering.onRequest("control", () => {
    throw new TypeError("secret words of a caller");
  });
  const error = await asking.request("control", { callId: "call_1" } as never).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(AppError);
  expect(error).toMatchObject({ code: "internal", family: "bug" });
  expect((error as AppError).cause).toMatch(/^TypeError at process-link\.test\.ts:\d+$/);
  expect(JSON.stringify(error)).not.toContain("secret");
});

test("an error that was meant arrives as it was", async () => {
  const [here, there] = linkedChannels();
  const asking = createProcessLink(here);
  createProcessLink(there).onRequest("control", () => {
    throw new AppError("not_found", { publicMessage: "There is no such call." });
  });
  const error = await asking.request("control", { callId: "call_1" } as never).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: "not_found", publicMessage: "There is no such call.", family: "user" });
});

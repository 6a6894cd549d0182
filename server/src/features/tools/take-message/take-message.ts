import { z } from "zod";
import type { Messages } from "../../messages/index.ts";
import { callerPhone, words } from "../input-words.ts";
import { ok } from "../outcomes.ts";
import { defineTool } from "../tool.ts";

const input = z.object({
  name: words(200).optional().describe("Who leaves the message."),
  phone: callerPhone.optional(),
  message: words(4000).describe("The message, in the caller's words."),
});

export const takeMessage = ({ messages }: { messages: Messages }) =>
  defineTool({
    name: "take_message",
    title: "Take a message",
    description: "Takes a message for a human, who will call back.",
    input,
    effect: "write",
    consent: "free",
    isOnByDefault: true,
    deed: {
      where: "database",
      async run(tx, { orgId, callId, input: { name, phone, message } }) {
        const content = { message, ...(name === undefined ? {} : { name }), ...(phone === undefined ? {} : { phone }) };
        return ok(await messages.take(tx, { orgId, content, ...(callId === undefined ? {} : { callId }) }));
      },
    },
  });

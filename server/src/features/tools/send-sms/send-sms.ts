import { z } from "zod";
import type { SendText } from "../../notifications/index.ts";
import { words } from "../input-words.ts";
import { failed, ok } from "../outcomes.ts";
import { defineTool } from "../tool.ts";

const input = z.object({
  body: words(670).describe("The text, in the caller's language. Short."),
  to: words(60).optional().describe("Only when it is not the number the caller is ringing from."),
});

/** Sent by a job, from the organisation's own number. */
export const sendSms = ({ sendText }: { sendText: SendText }) =>
  defineTool({
    name: "send_sms",
    title: "Send a text message",
    description: "Sends the caller a text message. Say what you will send, and have the caller agree.",
    input,
    effect: "write",
    isOnByDefault: false,
    deed: {
      where: "database",
      async run(tx, { orgId, callId, input: { body, to } }) {
        const about = { orgId, body, ...(callId === undefined ? {} : { callId }), ...(to === undefined ? {} : { to }) };
        const sent = await sendText(tx, about);
        return sent.ok ? ok({ messageId: sent.notificationId, state: "on its way" }) : failed(sent.publicMessage);
      },
    },
  });

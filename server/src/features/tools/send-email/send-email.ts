import { z } from "zod";
import type { SendEmail } from "../../notifications/index.ts";
import { words } from "../input-words.ts";
import { failed, ok } from "../outcomes.ts";
import { defineTool } from "../tool.ts";

const input = z.object({
  subject: words(200),
  text: words(5000).describe("The mail, in the caller's language."),
  to: words(254).optional().describe("Only when it is not the address that is known of the caller."),
});

/** Sent by a job. */
export const sendEmail = ({ sendEmail: send }: { sendEmail: SendEmail }) =>
  defineTool({
    name: "send_email",
    title: "Send an e-mail",
    description: "Sends the caller an e-mail. Say what you will send, and have the caller agree.",
    input,
    effect: "write",
    isOnByDefault: false,
    deed: {
      where: "database",
      async run(tx, { orgId, callId, input: { subject, text, to } }) {
        const mail = { orgId, subject, text, ...(to === undefined ? {} : { to }) };
        const sent = await send(tx, callId === undefined ? mail : { ...mail, callId });
        return sent.ok ? ok({ messageId: sent.notificationId, state: "on its way" }) : failed(sent.publicMessage);
      },
    },
  });

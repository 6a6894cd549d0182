import { waitUntil } from "../world.ts";
import { type Made, of, plain, type Samples } from "./sample.ts";

/** Words that somebody texts to the organisation's number are a message. */
async function writeText({ tenant }: Made): Promise<void> {
  const { twilio, number } = tenant.carrier;
  await twilio.receiveMessage({ from: tenant.phone, to: number, body: `${tenant.word("text")} is what was written` });
  const found = async () => ((await tenant.do("messages.list", {}))["items"] as { id: string }[])[0]?.id;
  await waitUntil(async () => (await found()) !== undefined, 10_000);
  tenant.keep("message", await found());
}

export const messages: Samples = {
  "notification-settings.get": plain,
  "notification-settings.set": {
    send: (_at, tenant) => ({
      body: { toOwner: { emails: [`${tenant.word("desk")}@example.com`] }, quietHours: null },
    }),
  },
  "messages.list": { before: writeText },
  "messages.get": of("message"),
  "messages.change": of("message", { send: () => ({ body: { status: "done" } }) }),
  "notifications.list": plain,
};

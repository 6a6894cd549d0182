/** Twilio's texts. It knows no idempotency key: what may have been sent is looked for in its list. */
import { z } from "zod";
import type { CarriedText, TextCarrier } from "../../features/notifications/text-carrier.port.ts";
import { ProviderError } from "../../kernel/app-error.ts";
import type { ProviderIo } from "../provider.ts";
import { tryTwice } from "../with-retry.ts";
import { TwilioRefusal } from "./refusal.ts";
import { askTwilio, twilioBaseUrl } from "./rest.ts";

/** What a number is told that wrote STOP: Twilio refuses it before it is sent. */
const optedOutCode = 21610;
const pageSize = 50;
/** Nobody is sent more in the minutes that are looked back. */
const maxPages = 4;
/** Our clock and theirs. */
const clockSlackMs = 120_000;

const messageResource = z.object({
  sid: z.string().regex(/^[A-Z]{2}[0-9a-fA-F]{32}$/),
  status: z.string().regex(/^[a-z_]{1,30}$/),
  error_code: z.coerce.number().int().nullish(),
});
const listedMessage = messageResource.extend({
  from: z.string().nullish(),
  to: z.string().nullish(),
  body: z.string().nullish(),
  date_created: z.string().nullish(),
});
const messagePage = z.object({ messages: z.array(listedMessage), next_page_uri: z.string().nullish() });

function toCarried({ sid, status, error_code: code }: z.output<typeof messageResource>): CarriedText {
  return { externalId: sid, status, ...(code ? { errorCode: code } : {}) };
}

const unreadable = () =>
  new ProviderError("twilio sent something that cannot be read.", {
    ...{ provider: "twilio", category: "protocol", permanent: false },
  });

/** `baseUrl` is an origin without a trailing slash. */
export function createTwilioTexts({ io, baseUrl = twilioBaseUrl }: { io: ProviderIo; baseUrl?: string }): TextCarrier {
  const line = { io, baseUrl };
  const patiently = { clock: io.clock, overloadedDelayMs: 500 };
  return {
    async send(login, { from, to, body, statusUrl }, signal) {
      const form = {
        To: to,
        From: from,
        Body: body,
        ...(statusUrl === undefined ? {} : { StatusCallback: statusUrl }),
      };
      return toCarried(await askTwilio(line, { login, path: "/Messages", form, schema: messageResource, signal }));
    },
    async find(login, { from, to, body, sinceMs }, signal) {
      const query = new URLSearchParams({ To: to, From: from, PageSize: String(pageSize) });
      let path: string | null | undefined =
        `/2010-04-01/Accounts/${login.accountSid}/Messages.json?${query.toString()}`;
      const askPage = (at: string) => askTwilio(line, { login, path: at, schema: messagePage, signal });
      const found: CarriedText[] = [];
      for (let page = 0; page < maxPages && path; page++) {
        const at: string = path;
        const answer: z.output<typeof messagePage> = await tryTwice(() => askPage(at), { ...patiently, signal });
        const { messages, next_page_uri: next } = answer;
        const recent = messages.filter(({ date_created: at }) => !at || Date.parse(at) >= sinceMs - clockSlackMs);
        found.push(
          ...recent.filter((each) => each.body === body && each.to === to && each.from === from).map(toCarried),
        );
        if (recent.length < messages.length) break;
        path = next;
        if (path && !path.startsWith("/2010-04-01/")) throw unreadable();
      }
      return found;
    },
    async fetch(login, externalId, signal) {
      const asked = { login, path: `/Messages/${encodeURIComponent(externalId)}`, schema: messageResource, signal };
      return toCarried(await tryTwice(() => askTwilio(line, asked), { ...patiently, signal }));
    },
    saysOptedOut: (error) => error instanceof TwilioRefusal && error.code === optedOutCode,
  };
}

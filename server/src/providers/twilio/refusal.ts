/** Twilio's refusals: what its number means to whoever asked, before its own words. */
import { z } from "zod";
import { ProviderError } from "../../kernel/app-error.ts";
import { categoryOfStatus, isPermanent } from "../provider-failure.ts";

export const twilioFailure = z.object({ code: z.number().nullish(), message: z.string().nullish() });

const trial = "this is a trial account: it can call only numbers that were verified there";
const country = "calls to this country are not allowed by the account: allow it under Voice, Geographic Permissions";

/** Of Twilio's dictionary of errors, those that a person can do something about. */
const meanings: Readonly<Record<number, string>> = {
  10001: "the account is not active",
  10004: "the account has as many calls at once as it may have: try again shortly",
  20003: "the account SID or its token is wrong",
  20005: "the account is not active",
  20429: "the account asks too often: try again shortly",
  21201: "the number to call is missing",
  21210: "the number it comes from does not belong to the account and is not verified there",
  21211: "the number to call is no phone number that exists",
  21212: "the number it comes from is no valid phone number",
  21213: "the number it comes from is missing",
  21214: "the number to call cannot be reached",
  21215: country,
  21216: "the account may not call this number",
  21217: "the number to call is no phone number that exists",
  21219: trial,
  21220: "the call is not in progress any more",
  13223: "the number to call is no phone number that exists",
  13224: "the number to call cannot be reached",
  13225: "the number to call is blocked by the carrier",
  13226: "the number to call belongs to no country that can be reached",
  13227: country,
  32205: country,
};

/** A call that has ended, or is not there. */
const goneCodes = new Set([20404, 21220]);

export class TwilioRefusal extends ProviderError {
  readonly code: number | undefined;

  constructor(status: number, body: z.output<typeof twilioFailure>) {
    const category = categoryOfStatus(status);
    const said = [body.code, body.message].filter((part) => part !== undefined && part !== null).join(": ");
    const meaning = meanings[body.code ?? 0];
    const words = meaning === undefined || said === "" ? said : `${meaning} (${said})`;
    super(`twilio answered ${status}.`, {
      ...{ provider: "twilio", category, permanent: isPermanent(category), status },
      ...(words === "" ? {} : { vendorMessage: words.slice(0, 500) }),
    });
    this.code = body.code ?? undefined;
  }

  get saysCallIsOver(): boolean {
    return this.code !== undefined && goneCodes.has(this.code);
  }
}

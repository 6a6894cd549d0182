/** A telephone company of one account, in memory: numbers with addresses, and calls that ring until they are told otherwise. */
import type {
  CarrierApi,
  CarrierNumber,
  NumberAddresses,
  OutboundOrder,
} from "../features/phone-numbers/phone-numbers.port.ts";
import { ProviderError } from "../kernel/app-error.ts";

const nowhere: NumberAddresses = {
  ...{ voiceUrl: "", voiceMethod: "GET", voiceFallbackUrl: "", statusCallback: "", statusCallbackMethod: "GET" },
  ...{ smsUrl: "", smsMethod: "GET" },
};

export interface ScriptedCarrier extends CarrierApi {
  readonly numbers: Map<string, CarrierNumber>;
  readonly placed: (OutboundOrder & { readonly sid: string })[];
  readonly hungUp: string[];
  /** How calls stand, by their names; what is not here is unknown. */
  readonly statuses: Map<string, string>;
  /** Each request fails with it until it is taken away. */
  failure: ProviderError | undefined;
  /** Set by somebody at the company's own page. */
  set(sid: string, change: Partial<Omit<CarrierNumber, "addresses">> & { addresses?: Partial<NumberAddresses> }): void;
}

export const carrierFailure = (words: string, category: "auth" | "bad-request" | "overloaded" = "bad-request") =>
  new ProviderError("refused", {
    ...{ provider: "twilio", category, permanent: category !== "overloaded", vendorMessage: words },
  });

export function createScriptedCarrier(numbers: Readonly<Record<string, string>>): ScriptedCarrier {
  const kept = new Map<string, CarrierNumber>();
  for (const [sid, number] of Object.entries(numbers)) {
    const can = { canVoice: true, canSms: true };
    kept.set(sid, { sid, number, name: number, ...can, addresses: nowhere, divertedTo: undefined });
  }
  const find = (sid: string) => {
    if (carrier.failure) throw carrier.failure;
    const number = kept.get(sid);
    if (number === undefined) throw carrierFailure("20404: not found");
    return number;
  };
  const carrier: ScriptedCarrier = {
    ...{ numbers: kept, placed: [], hungUp: [], statuses: new Map(), failure: undefined },
    set(sid, { addresses, ...change }) {
      const before = find(sid);
      kept.set(sid, { ...before, ...change, addresses: { ...before.addresses, ...addresses } });
    },
    async fetchAccount() {
      return { status: "active" };
    },
    async listNumbers() {
      if (carrier.failure) throw carrier.failure;
      return [...kept.values()];
    },
    async fetchNumber(_login, sid) {
      return find(sid);
    },
    async updateNumber(_login, { sid, addresses }) {
      find(sid);
      carrier.set(sid, { addresses });
      return find(sid);
    },
    async createCall(_login, order) {
      if (carrier.failure) throw carrier.failure;
      const sid = `CA${String(carrier.placed.length + 1).padStart(32, "0")}`;
      carrier.placed.push({ ...order, sid });
      return { sid };
    },
    async fetchCall(_login, sid) {
      const status = carrier.statuses.get(sid);
      if (carrier.failure) throw carrier.failure;
      if (status === undefined) throw carrierFailure("20404: not found");
      return { CallSid: sid, CallStatus: status };
    },
    async updateCall(_login, { sid }) {
      if (carrier.failure) throw carrier.failure;
      carrier.hungUp.push(sid);
      return true;
    },
  };
  return carrier;
}

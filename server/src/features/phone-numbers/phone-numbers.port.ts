/** The telephone company as its customer sees it. Every method throws ProviderError with the company's code and words. */

/** Who asks. */
export interface CarrierLogin {
  readonly accountSid: string;
  readonly authToken: string;
  readonly apiKeySid?: string;
  readonly apiKeySecret?: string;
}

/** Where the company asks what to do with a number's calls and messages. Empty: nowhere. */
export interface NumberAddresses {
  readonly voiceUrl: string;
  readonly voiceMethod: string;
  readonly voiceFallbackUrl: string;
  readonly statusCallback: string;
  readonly statusCallbackMethod: string;
  readonly smsUrl: string;
  readonly smsMethod: string;
}

export interface CarrierNumber {
  /** The company's own id. */
  readonly sid: string;
  /** E.164. */
  readonly number: string;
  readonly name: string;
  readonly canVoice: boolean;
  readonly canSms: boolean;
  readonly addresses: NumberAddresses;
  /** A trunk or an application of the company's takes its calls: the voice address is not asked. */
  readonly divertedTo: "trunk" | "application" | undefined;
}

export interface OutboundOrder {
  /** E.164, both. */
  readonly to: string;
  readonly from: string;
  /** Asked for instructions once somebody answers. */
  readonly answerUrl: string;
  /** Told of every step of the call. */
  readonly statusUrl: string;
  readonly ringSeconds: number;
}

/** A call's status callback, as far as it is told when asked for. */
export interface CarrierCall {
  readonly CallSid: string;
  readonly CallStatus: string;
  /** Whole seconds. */
  readonly CallDuration?: number;
  readonly AnsweredBy?: string;
  /** A charge is negative. */
  readonly Price?: string;
  readonly PriceUnit?: string;
}

/** What becomes of a live call. */
export type CallChange = { readonly hangUp: true } | { readonly twiml: string };

export interface CarrierApi {
  /** Checks the login. */
  fetchAccount(login: CarrierLogin, signal: AbortSignal): Promise<{ status: string }>;
  listNumbers(login: CarrierLogin, signal: AbortSignal): Promise<readonly CarrierNumber[]>;
  fetchNumber(login: CarrierLogin, sid: string, signal: AbortSignal): Promise<CarrierNumber>;
  /** Only the addresses given are changed. */
  updateNumber(
    login: CarrierLogin,
    change: { readonly sid: string; readonly addresses: Partial<NumberAddresses> },
    signal: AbortSignal,
  ): Promise<CarrierNumber>;
  /** Never tried twice: a person would be called twice. */
  createCall(login: CarrierLogin, order: OutboundOrder, signal: AbortSignal): Promise<{ sid: string }>;
  /** How a call stands, in the fields of its reports. */
  fetchCall(login: CarrierLogin, sid: string, signal: AbortSignal): Promise<CarrierCall>;
  /** False when the call is over already. */
  updateCall(
    login: CarrierLogin,
    change: { readonly sid: string; readonly to: CallChange },
    signal: AbortSignal,
  ): Promise<boolean>;
}

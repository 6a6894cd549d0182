/** Who carries texts. Every method throws ProviderError with the carrier's code and words. */

export interface TextLogin {
  readonly accountSid: string;
  readonly authToken: string;
  readonly apiKeySid?: string;
  readonly apiKeySecret?: string;
}

export interface TextToSend {
  /** E.164, both. */
  readonly from: string;
  readonly to: string;
  readonly body: string;
  /** Told how the text fares. */
  readonly statusUrl?: string;
}

/** A text as the carrier has it. */
export interface CarriedText {
  readonly externalId: string;
  /** The carrier's word: `queued`, `sent`, `delivered`, `undelivered`, `failed`, … */
  readonly status: string;
  readonly errorCode?: number;
}

export interface TextCarrier {
  /** Never tried twice here: the carrier knows no idempotency key, and a person would read it twice. */
  send(login: TextLogin, text: TextToSend, signal: AbortSignal): Promise<CarriedText>;
  /** Texts of exactly these words to this number made since then (Unix milliseconds), newest first. */
  find(
    login: TextLogin,
    text: Pick<TextToSend, "from" | "to" | "body"> & { readonly sinceMs: number },
    signal: AbortSignal,
  ): Promise<readonly CarriedText[]>;
  /** How one fares that no report came of. */
  fetch(login: TextLogin, externalId: string, signal: AbortSignal): Promise<CarriedText>;
  /** Whether this failure says that the recipient takes no texts from us. */
  saysOptedOut(error: unknown): boolean;
}

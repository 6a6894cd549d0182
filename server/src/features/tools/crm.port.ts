/** The list of customers a business keeps elsewhere. */
export interface CrmContact {
  readonly firstName?: string;
  readonly lastName?: string;
  readonly email?: string;
  /** E.164. */
  readonly phone?: string;
  /** By the vendor's own names. */
  readonly fields: Readonly<Record<string, string>>;
}

export type CrmOutcome =
  | { readonly kind: "done"; readonly id: string; readonly created: boolean }
  /** More than one is like it and nobody can say which; nothing was written. */
  | { readonly kind: "ambiguous" };

export interface Crm {
  /** Makes the contact, or changes the one with the same e-mail address or phone. Throws ProviderError. */
  upsert(contact: CrmContact, signal: AbortSignal): Promise<CrmOutcome>;
  /** The contact that holds everything of this already; undefined when there is none. Throws ProviderError. */
  find(contact: CrmContact, signal: AbortSignal): Promise<{ readonly id: string } | undefined>;
  /** Checks account and rights with the cheapest question. Throws ProviderError. */
  verify(signal: AbortSignal): Promise<void>;
}

import type { ErrorCode } from "@parley/contract/error-code";

/** Who must act: the caller of the API, the operator of the installation, or we ourselves. */
export type ErrorFamily = "user" | "operational" | "bug";

export interface AppErrorOptions {
  /** Safe to show to anybody: says what is wrong and how to mend it. */
  readonly publicMessage: string;
  readonly family?: ErrorFamily;
  /** How long to wait before asking again. */
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
}

/** The one error class that routes and features throw on purpose. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly publicMessage: string;
  readonly family: ErrorFamily;
  readonly retryAfterMs: number | undefined;

  constructor(code: ErrorCode, options: AppErrorOptions) {
    super(options.publicMessage, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "AppError";
    this.code = code;
    this.publicMessage = options.publicMessage;
    this.family = options.family ?? "user";
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** What kind of failure a vendor had; decides retry, standby and what the owner is told. */
export type ProviderErrorCategory =
  | "auth" // key refused, plan or quota missing: the owner must act
  | "rate-limit" // 429 or too many concurrent requests
  | "overloaded" // 5xx, 529: the vendor's side
  | "timeout" // a deadline of ours passed
  | "network" // refused, reset, cut mid-stream
  | "bad-request" // the vendor refused what we sent
  | "content" // the vendor's filter stopped it
  | "protocol"; // the vendor sent something that cannot be read

export interface ProviderErrorOptions {
  readonly provider: string;
  readonly category: ProviderErrorCategory;
  /** True when trying the same request again cannot help. */
  readonly permanent: boolean;
  readonly status?: number;
  readonly requestId?: string;
  /** How long the vendor wants to be left alone. */
  readonly retryAfterMs?: number;
  /** The vendor's own words, for the owner. Never a payload, never audio, never a key. */
  readonly vendorMessage?: string;
  /** It is certain that nothing was changed there: it was refused, it was a question, or it was never sent. */
  readonly nothingDone?: boolean;
  readonly cause?: unknown;
}

/** A vendor failed. Adapters throw or emit this and nothing else. */
export class ProviderError extends Error {
  readonly provider: string;
  readonly category: ProviderErrorCategory;
  readonly permanent: boolean;
  readonly status: number | undefined;
  readonly requestId: string | undefined;
  readonly vendorMessage: string | undefined;
  readonly retryAfterMs: number | undefined;
  readonly nothingDone: boolean;

  constructor(message: string, options: ProviderErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "ProviderError";
    this.provider = options.provider;
    this.category = options.category;
    this.permanent = options.permanent;
    this.status = options.status;
    this.requestId = options.requestId;
    this.vendorMessage = options.vendorMessage;
    this.nothingDone = options.nothingDone ?? false;
    this.retryAfterMs = options.retryAfterMs;
  }
}

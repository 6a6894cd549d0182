/** What the bench's processes say to each other. */

export interface LoadOrder {
  readonly webhookUrl: string;
  readonly accountSid: string;
  readonly authToken: string;
  readonly calls: number;
  readonly turnsPerCall: number;
  /** Calls begin spread over this time. */
  readonly rampMs: number;
  /** Each call's second turn is a barge-in. */
  readonly bargeIn: boolean;
}

export interface TurnFigure {
  /** Caller's last voiced sample → arrival of the reply's first audio, at the telephone. */
  readonly firstAudioMs: number;
}

export interface LoadReport {
  readonly turns: readonly TurnFigure[];
  readonly setupMs: readonly number[];
  /** Caller's first sample of an interruption → the agent's last sounding sample. */
  readonly silentAfterMs: readonly number[];
  readonly failures: readonly string[];
  readonly callSids: readonly string[];
  readonly framesPlayed: number;
  readonly framesLate: number;
  /** How late the telephone itself was. */
  readonly telephone: { readonly frames: number; readonly p95Ms: number; readonly over10Ms: number };
}

/** What the API traffic asks for. */
export interface TrafficOrder {
  readonly url: string;
  readonly apiKey: string;
  readonly callId: string;
  readonly contactId: string;
  readonly email: string;
  readonly password: string;
}

export interface TrafficReport {
  /** Answers. */
  readonly perMinute: number;
  readonly statuses: Readonly<Record<string, number>>;
  /** Broken or timed out. */
  readonly errors: number;
  readonly p50: number;
  readonly p99: number;
}

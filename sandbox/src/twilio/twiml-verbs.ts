/** The TwiML the stand-in can carry out, read and checked. Addresses are absolute; times in milliseconds. */
export type Verb =
  | PromptVerb
  | { readonly verb: "Connect"; readonly action?: Target; readonly stream: StreamNoun }
  | { readonly verb: "Redirect"; readonly target: Target }
  | { readonly verb: "Hangup" }
  | { readonly verb: "Reject"; readonly reason: "rejected" | "busy" }
  | GatherVerb
  | { readonly verb: "Record"; readonly action: Target; readonly maxLengthMs: number; readonly finishOnKey: string }
  | DialVerb;

export type PromptVerb =
  | { readonly verb: "Say"; readonly text: string; readonly language: string; readonly loop: number }
  | { readonly verb: "Play"; readonly url: string; readonly loop: number }
  | { readonly verb: "Pause"; readonly lengthMs: number };

export interface GatherVerb {
  readonly verb: "Gather";
  readonly action: Target;
  readonly numDigits: number;
  readonly timeoutMs: number;
  readonly finishOnKey: string;
  readonly actionOnEmptyResult: boolean;
  readonly prompts: readonly PromptVerb[];
}

export interface DialVerb {
  readonly verb: "Dial";
  readonly action?: Target;
  readonly callerId?: string;
  readonly timeoutMs: number;
  readonly targets: readonly DialTarget[];
}

export interface DialTarget {
  readonly kind: "Number" | "Sip" | "Client" | "Conference" | "Queue";
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
}

export interface Target {
  readonly url: string;
  readonly method: "GET" | "POST";
}

export interface StreamNoun {
  readonly url: string;
  readonly name?: string;
  readonly statusCallback?: Target;
  readonly customParameters: Readonly<Record<string, string>>;
}

/** What Twilio would write in its debugger: a code of its error dictionary and the reason. */
export interface TwilioAlert {
  readonly code: number;
  readonly message: string;
}

/** Ends the running document the way Twilio does: an alert in the debugger, "an application error has occurred", hang-up. */
export class TwilioFailure extends Error {
  readonly alert: TwilioAlert;

  constructor(code: number, message: string) {
    super(`${code}: ${message}`);
    this.name = "TwilioFailure";
    this.alert = { code, message };
  }
}

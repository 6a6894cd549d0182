/** A mail of ours to a person. */
export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  /** What it asks the reader to open; it is in the text too. */
  readonly link?: string;
  /** `<…@…>`: the same for the same mail, so that one sent twice can be told to be one. */
  readonly messageId?: string;
  /** An appointment that mail programs put into a calendar. */
  readonly calendar?: { readonly method: "REQUEST" | "CANCEL"; readonly content: string };
}

export interface Mailer {
  /** Rejects when the mail cannot be handed over. */
  sendMail(mail: Mail): Promise<void>;
  /**
   * Sends behind the answer: nobody waits, three tries, and a mail that cannot be sent is told to the log without its words. A person
   * asks again for one that never came; a stored copy would hold its token.
   */
  sendSoon(prepare: () => Promise<Mail | undefined>): void;
  /** Mail that was kept instead of sent, newest first. Empty with an SMTP server. */
  kept(): readonly KeptMail[];
}

export interface KeptMail extends Mail {
  readonly id: string;
  readonly atMs: number;
}

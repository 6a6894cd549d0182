/** The answers to Twilio's webhooks, as XML text. */

const declaration = '<?xml version="1.0" encoding="UTF-8"?>';

/** Escapes for text and attributes; what XML 1.0 cannot carry is dropped. */
export function escapeXml(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, "")
    .replace(/&/g, "&amp;")
    .replace(/</g, "&lt;")
    .replace(/>/g, "&gt;")
    .replace(/"/g, "&quot;")
    .replace(/'/g, "&apos;");
}

const response = (body: string) => `${declaration}<Response>${body}</Response>`;

export interface ConnectStream {
  /** wss (ws on loopback); Twilio allows no query string here. */
  readonly streamUrl: string;
  readonly token: string;
  /** Asked when the stream ends. */
  readonly actionUrl: string;
  /** Where Twilio goes on if the stream ends and the action did not answer. */
  readonly resumeUrl: string;
}

/** Joins the call to our media socket. */
export function connectStreamTwiml(options: ConnectStream): string {
  const { streamUrl, token, actionUrl, resumeUrl } = options;
  return response(
    `<Connect action="${escapeXml(actionUrl)}" method="POST">` +
      `<Stream url="${escapeXml(streamUrl)}"><Parameter name="token" value="${escapeXml(token)}"/></Stream>` +
      `</Connect><Redirect method="POST">${escapeXml(resumeUrl)}</Redirect>`,
  );
}

/** Says a sentence and hangs up. `language` is BCP-47. */
export function sayAndHangUpTwiml(text: string, language = "en-US"): string {
  return response(`<Say language="${escapeXml(language)}">${escapeXml(text)}</Say><Hangup/>`);
}

export interface DialNumber {
  /** E.164, or a number every phone knows, such as 112. */
  readonly number: string;
  /** What the one who is called sees; the caller's own where absent. */
  readonly callerId: string | undefined;
  readonly timeoutSeconds: number;
  /** Asked when the other leg is over, or nobody took it. */
  readonly actionUrl: string;
}

/** Joins the call to another phone. */
export function dialTwiml({ number, callerId, timeoutSeconds, actionUrl }: DialNumber): string {
  const shown = callerId === undefined ? "" : ` callerId="${escapeXml(callerId)}"`;
  return response(
    `<Dial answerOnBridge="true"${shown} timeout="${timeoutSeconds}" action="${escapeXml(actionUrl)}" method="POST">` +
      `<Number>${escapeXml(number)}</Number></Dial>`,
  );
}

export function hangUpTwiml(): string {
  return response("<Hangup/>");
}

/** Refuses before the call is answered (and billed). */
export function rejectTwiml(reason: "busy" | "rejected"): string {
  return response(`<Reject reason="${reason}"/>`);
}

/** For callbacks that expect no instruction. */
export function emptyTwiml(): string {
  return response("");
}

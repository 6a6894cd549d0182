/** What parameters of the same name mean everywhere; a route that describes one itself is not overruled. */
const words: Readonly<Record<string, string>> = {
  action: "What was done: a route's id, such as agents.publish.",
  actor: "The id of the person, key or call that did it.",
  after: "The number of the last event that is known; those after it follow.",
  agentId: "Of this agent.",
  agentVersion: "Of this published version of the agent.",
  bucket: "How the figures are grouped.",
  calendarId: "Of this calendar.",
  channel: "By telephone, browser or text.",
  code: "The identity provider's code.",
  confirm: "The organisation's name, letter by letter.",
  contactId: "Of this contact.",
  cursor: "`nextCursor` of the page before; absent for the first page.",
  date: "The first day asked about, such as 2026-11-23.",
  days: "How many days from there.",
  direction: "Who called whom.",
  doNotCall: "Only those who must not be called, or only the others.",
  email: "The whole address.",
  error: "The identity provider's error.",
  error_description: "The identity provider's words for it.",
  format: "`text` for plain text.",
  from: "The older side.",
  groupBy: "How the lines are added up.",
  hangUpReason: "How the call ended.",
  hasRecording: "Only calls with a recording, or only those without.",
  iss: "The identity provider.",
  language: "BCP-47; the agent's own when absent.",
  limit: "How many at most on this page.",
  minDurationMs: "Calls that lasted so long or longer, in milliseconds.",
  month: "Such as 2026-11.",
  name: "As the model calls it.",
  phone: "The number, as people write it, with its country code.",
  resolution: "How many points of each voice; fewer where the recording is short.",
  reviewed: "Only calls that somebody judged, or only the others.",
  service: "By its name or another word for it.",
  session_state: "The identity provider's own.",
  state: "What the identity provider was given.",
  status: "Only those in this state.",
  subject: "The id of what it was done to.",
  subjectId: "Of what it tells, such as an appointment.",
  tag: "Only those with this tag.",
  to: "The newer side.",
  validationToken: "Microsoft asks for it to be said back.",
  vendor: "Whose consent is asked for.",
  version: "The number of a published version.",
};

/** `url` is the path as OpenAPI writes it. */
export function describeParameter(url: string, { name, in: place }: { name: string; in: string }): string | undefined {
  if (place !== "path" || !/^id$|Id$/.test(name)) return words[name];
  const segments = url.split("/");
  const noun = segments[segments.indexOf(`{${name}}`) - 1] ?? "";
  return `The id of one of the ${noun.replaceAll("-", " ")}.`;
}

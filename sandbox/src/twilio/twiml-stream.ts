import type { Element } from "@xmldom/xmldom";
import { TwilioFailure } from "./alert.ts";
import { childElements, readTarget, type TwimlRules } from "./twiml-element.ts";
import type { StreamNoun } from "./twiml-verbs.ts";

const knownAttributes = new Set([
  "url",
  "name",
  "track",
  "statusCallback",
  "statusCallbackMethod",
  "connectorName",
  "audioFormat",
  "sampleRate",
]);
const maxParameterChars = 500;

/** `<Stream>` inside `<Connect>`: wss only, no query string, short parameters, inbound track only. */
export function readStream(element: Element, rules: TwimlRules): StreamNoun {
  for (const attribute of Array.from(element.attributes)) {
    if (!knownAttributes.has(attribute.name)) {
      throw new TwilioFailure(12100, `<Stream> has no attribute "${attribute.name}"`);
    }
  }
  const track = element.getAttribute("track");
  if (track !== null && track !== "inbound_track") {
    throw new TwilioFailure(31941, `<Connect><Stream>: track "${track}" is not possible, only inbound_track`);
  }
  const name = element.getAttribute("name");
  const statusCallback = element.getAttribute("statusCallback");
  return {
    url: checkStreamUrl(element.getAttribute("url") ?? "", rules),
    ...(name === null ? {} : { name }),
    ...(statusCallback === null
      ? {}
      : { statusCallback: readTarget(statusCallback, element.getAttribute("statusCallbackMethod"), rules) }),
    customParameters: readParameters(element),
  };
}

function checkStreamUrl(url: string, rules: TwimlRules): string {
  const parsed = URL.parse(url);
  if (parsed === null) throw new TwilioFailure(31923, `<Stream url="${url}">: malformed address`);
  const secure = parsed.protocol === "wss:";
  if (!secure && !(parsed.protocol === "ws:" && rules.allowInsecureStreams)) {
    throw new TwilioFailure(31922, `<Stream url>: scheme ${parsed.protocol}// is not supported, only wss://`);
  }
  if (url.includes("?")) throw new TwilioFailure(31923, "<Stream url>: no query string is allowed; use <Parameter>");
  return url;
}

function readParameters(element: Element): Record<string, string> {
  const parameters: Record<string, string> = {};
  for (const child of childElements(element)) {
    if (child.tagName !== "Parameter") throw new TwilioFailure(12100, `<${child.tagName}> is not allowed in <Stream>`);
    const name = child.getAttribute("name") ?? "";
    const value = child.getAttribute("value") ?? "";
    if (name === "") throw new TwilioFailure(12100, "<Parameter> has no name");
    if (name.length + value.length >= maxParameterChars) {
      throw new TwilioFailure(
        12100,
        `<Parameter name="${name}">: name and value together must be under ${maxParameterChars} characters`,
      );
    }
    parameters[name] = value;
  }
  return parameters;
}

import { DOMParser, type Element } from "@xmldom/xmldom";
import { TwilioFailure } from "./alert.ts";
import { childElements, readTarget, type TwimlRules, textOf } from "./twiml-element.ts";
import { readStream } from "./twiml-stream.ts";
import type { DialTarget, PromptVerb, Target, Verb } from "./twiml-verbs.ts";

/** Reads a TwiML document. Throws TwilioFailure with Twilio's code for what Twilio refuses. */
export function parseTwiml(text: string, rules: TwimlRules): Verb[] {
  const root = parseXml(text);
  if (root.tagName !== "Response")
    throw new TwilioFailure(12100, `the root element is <${root.tagName}>, not <Response>`);
  return childElements(root).map((element) => readVerb(element, rules));
}

function parseXml(text: string): Element {
  let problem = "the document is empty";
  const parser = new DOMParser({
    onError: (level, message) => {
      if (level === "warning") return;
      problem = message;
      throw new Error(message);
    },
  });
  try {
    const root = parser.parseFromString(text, "text/xml").documentElement;
    if (root !== null) return root;
  } catch {
    // The parser wraps what onError throws in words of its own; `problem` has the plain ones.
  }
  throw new TwilioFailure(12100, `document parse failure: ${problem}`);
}

function readVerb(element: Element, rules: TwimlRules): Verb {
  switch (element.tagName) {
    case "Say":
    case "Play":
    case "Pause":
      return readPrompt(element, rules);
    case "Connect": {
      const [noun, ...others] = childElements(element);
      if (noun?.tagName !== "Stream" || others.length > 0) {
        throw new TwilioFailure(12100, "<Connect> takes exactly one <Stream> here");
      }
      return { verb: "Connect", ...optionalAction(element, rules), stream: readStream(noun, rules) };
    }
    case "Redirect":
      return { verb: "Redirect", target: readTarget(textOf(element), element.getAttribute("method"), rules) };
    case "Hangup":
      return { verb: "Hangup" };
    case "Reject":
      return { verb: "Reject", reason: element.getAttribute("reason") === "busy" ? "busy" : "rejected" };
    case "Gather":
      return readGather(element, rules);
    case "Record":
      return {
        verb: "Record",
        action: requiredAction(element, rules),
        maxLengthMs: seconds(element, "maxLength", 3600),
        finishOnKey: element.getAttribute("finishOnKey") ?? "1234567890*#",
      };
    case "Dial":
      return readDial(element, rules);
    default:
      throw new TwilioFailure(12100, `<${element.tagName}> is not a verb this stand-in knows`);
  }
}

function readPrompt(element: Element, rules: TwimlRules): PromptVerb {
  const loop = Math.max(1, wholeNumber(element, "loop", 1));
  switch (element.tagName) {
    case "Say": {
      const text = (element.textContent ?? "").replaceAll(/\s+/g, " ").trim();
      if (text === "") throw new TwilioFailure(13520, "<Say> has no text");
      return { verb: "Say", text, language: element.getAttribute("language") ?? "en-US", loop };
    }
    case "Play":
      return { verb: "Play", url: readTarget(textOf(element), "GET", rules).url, loop };
    case "Pause":
      return { verb: "Pause", lengthMs: seconds(element, "length", 1) };
    default:
      throw new TwilioFailure(12100, `<${element.tagName}> is not allowed here`);
  }
}

function readGather(element: Element, rules: TwimlRules): Verb {
  return {
    verb: "Gather",
    action: requiredAction(element, rules),
    numDigits: wholeNumber(element, "numDigits", Number.POSITIVE_INFINITY),
    timeoutMs: seconds(element, "timeout", 5),
    finishOnKey: element.getAttribute("finishOnKey") ?? "#",
    actionOnEmptyResult: element.getAttribute("actionOnEmptyResult") === "true",
    prompts: childElements(element).map((child) => readPrompt(child, rules)),
  };
}

function readDial(element: Element, rules: TwimlRules): Verb {
  const children = childElements(element);
  const targets = children.map(readDialTarget);
  if (targets.length === 0) {
    const number = textOf(element);
    if (number === "") throw new TwilioFailure(13221, "<Dial> names nobody to dial");
    checkNumber(number);
    targets.push({ kind: "Number", name: number, attributes: {} });
  }
  const callerId = element.getAttribute("callerId");
  return {
    verb: "Dial",
    ...optionalAction(element, rules),
    ...(callerId === null ? {} : { callerId }),
    timeoutMs: seconds(element, "timeout", 30),
    targets,
  };
}

function readDialTarget(element: Element): DialTarget {
  const kind = element.tagName;
  if (kind !== "Number" && kind !== "Sip" && kind !== "Client" && kind !== "Conference" && kind !== "Queue") {
    throw new TwilioFailure(12100, `<${kind}> is not allowed in <Dial>`);
  }
  const name = textOf(element);
  if (kind === "Number") checkNumber(name);
  const attributes = Object.fromEntries(
    Array.from(element.attributes, (attribute) => [attribute.name, attribute.value]),
  );
  return { kind, name, attributes };
}

function checkNumber(name: string): void {
  if (!/^\+?[0-9 ()-]{3,}$/.test(name)) throw new TwilioFailure(13224, `<Dial>: "${name}" is not a phone number`);
}

function optionalAction(element: Element, rules: TwimlRules): { action?: Target } {
  const action = element.getAttribute("action");
  return action === null ? {} : { action: readTarget(action, element.getAttribute("method"), rules) };
}

function requiredAction(element: Element, rules: TwimlRules): Target {
  const action = element.getAttribute("action") ?? rules.documentUrl;
  return readTarget(action, element.getAttribute("method"), rules);
}

function seconds(element: Element, name: string, fallback: number): number {
  return wholeNumber(element, name, fallback) * 1000;
}

function wholeNumber(element: Element, name: string, fallback: number): number {
  const text = element.getAttribute(name);
  if (text === null) return fallback;
  if (!/^\d+$/.test(text)) throw new TwilioFailure(12100, `<${element.tagName} ${name}="${text}">: not a whole number`);
  return Number(text);
}

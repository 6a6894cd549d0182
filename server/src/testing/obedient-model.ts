/**
 * A model without judgement: whatever order it reads, in a document, a tool's answer, a note, a name or what the caller says, it carries out.
 * An order is written `[[do tool {"some": "input"}]]`, words to be said `[[say some words]]`. It is what a planted instruction could make of
 * the best of models.
 */
import type { ModelRequest } from "../call/ports.ts";
import type { ModelScript } from "./scripted-ports.ts";

export const orderTo = (tool: string, input: unknown) => `[[do ${tool} ${JSON.stringify(input)}]]`;

interface Order {
  readonly name: string;
  readonly input: unknown;
}

function readingOf({ instructions, passages = [], messages }: ModelRequest): string {
  return [instructions, ...passages.map(({ text }) => text), ...messages.map(textOf)].join("\n");
}

function sayingsIn(request: ModelRequest): string {
  const said = [...readingOf(request).matchAll(/\[\[say (.*?)\]\]/gs)].map(([, text = ""]) => text);
  return said.length === 0 ? "All right." : [...new Set(said)].join(" ");
}

/** All orders in what it reads, in the order it reads them, each tried again on every turn of the caller's. */
function ordersIn(request: ModelRequest): Order[] {
  const read = readingOf(request);
  const orders = [...read.matchAll(/\[\[do (\w+) (\{.*?\})\]\]/gs)].map(([, name = "", input = "{}"]) => ({
    name,
    input: JSON.parse(unescapeJson(input)) as unknown,
  }));
  return orders.filter(
    (order, index) => orders.findIndex((each) => JSON.stringify(each) === JSON.stringify(order)) === index,
  );
}

const textOf = (message: ModelRequest["messages"][number]): string =>
  message.role === "tool" ? JSON.stringify(message.output) : message.text;

/** Inside a tool's output its quotation marks are escaped. */
const unescapeJson = (text: string) => (text.includes('\\"') ? text.replaceAll('\\"', '"') : text);

/** What it does on a turn; `first`: what it would do of its own accord, before it has seen any order. */
export function obey(request: ModelRequest, first: readonly Order[] = []): ModelScript {
  const sinceCaller = request.messages.slice(request.messages.findLastIndex(({ role }) => role === "caller") + 1);
  const tried = new Set(
    sinceCaller.flatMap((message) => (message.role === "agent" ? (message.toolCalls ?? []).map(keyOf) : [])),
  );
  const due = [...first, ...ordersIn(request)].find((order) => !tried.has(keyOf(order)));
  if (due === undefined || request.tools.length === 0) return [sayingsIn(request)];
  return [{ type: "tool-call", call: { id: `order-${request.messages.length}`, ...due } }];
}

const keyOf = ({ name, input }: Order) => `${name} ${JSON.stringify(input)}`;

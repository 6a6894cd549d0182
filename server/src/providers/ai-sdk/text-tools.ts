/** Tools for models that cannot call any: a line format in the instructions, and a parser that keeps it out of the speech. */
import type {
  ConversationMessage,
  LanguageModel,
  ModelPart,
  ModelRequest,
  ToolCall,
  ToolSpec,
} from "../../call/ports.ts";
import { sortTools } from "./chat-messages.ts";
import { scanControl } from "./control-text.ts";
import { inputObject, orderHistory, outputText, parseToolInput } from "./history.ts";
import { isRecord } from "./model-failure.ts";

const endCallTool = "end_call";

export interface TextToolParser {
  /** The next piece of the model's text. Speech comes out as soon as it cannot be control text any more. */
  push(delta: string): ModelPart[];
  end(): ModelPart[];
  readonly sawCall: boolean;
}

/** Splits a model's text into speech and tool calls. Control text is never among the speech, however it is broken. */
export function createTextToolParser(tools: readonly ToolSpec[], newCallId: () => string): TextToolParser {
  let pending = "";
  let spoke = false;
  let sawCall = false;

  const take = (atEnd: boolean): ModelPart[] => {
    const parts: ModelPart[] = [];
    let speech = "";
    const flush = () => {
      if (speech.trim() !== "" || (spoke && speech !== "")) parts.push({ type: "text", text: speech });
      spoke ||= speech.trim() !== "";
      speech = "";
    };
    while (pending !== "") {
      const scan = scanControl(pending, atEnd);
      if (scan.kind === "undecided") break;
      const piece = pending.slice(0, scan.length);
      pending = pending.slice(scan.length);
      if (scan.kind === "speech") {
        speech += piece;
        continue;
      }
      for (const call of readCalls(piece, tools)) {
        flush();
        sawCall = true;
        parts.push({ type: "tool-call", call: { id: newCallId(), ...call } });
      }
    }
    flush();
    return parts;
  };

  return {
    push(delta) {
      pending += delta;
      return take(false);
    },
    end: () => take(true),
    get sawCall() {
      return sawCall;
    },
  };
}

type NamedInput = Omit<ToolCall, "id">;

/** The calls in one piece of control text. A call whose input cannot be read keeps the raw text: its schema refuses it in words. */
function readCalls(control: string, tools: readonly ToolSpec[]): NamedInput[] {
  if (/^\W*end[\s_-]?call/i.test(control)) return [{ name: endCallTool, input: readJsonAfter(control) ?? {} }];
  if (/^\W*(?:think|tools?_?results?)/i.test(control) || control.startsWith("`") || control.startsWith("<")) return [];
  const keyword = /^\W*tools?_?(?:calls?|use)?(?![a-z])[\s:_-]*/i.exec(control)?.[0] ?? "";
  const rest = control.slice(keyword.length).replace(/^[[［【(\s]+/, "");
  const name = /^["'*]*([\p{L}_][\p{L}\p{N}_.-]*)/u.exec(rest);
  if (name?.[1] === undefined) return readJsonCall(rest, tools);
  const input = rest.slice(name[0].length).replace(/^["'*:\s(]+/, "");
  const known = findTool(name[1], tools);
  if (keyword === "" && known === undefined) return [];
  const body = input.replace(/[\]］】)\s]+$/, "");
  return [{ name: known ?? name[1], input: readJsonAfter(input) ?? parseToolInput(body) }];
}

/** `{"name": "book", "arguments": {…}}`, the form many models were trained on. */
function readJsonCall(text: string, tools: readonly ToolSpec[]): NamedInput[] {
  const value = readJsonAfter(text);
  if (!isRecord(value)) return [];
  const name = value["name"] ?? value["tool"] ?? value["function"];
  const known = typeof name === "string" ? findTool(name, tools) : undefined;
  if (known === undefined) return [];
  const input = value["arguments"] ?? value["parameters"] ?? value["input"] ?? {};
  return [{ name: known, input: typeof input === "string" ? parseToolInput(input) : input }];
}

function readJsonAfter(text: string): unknown {
  const start = text.indexOf("{");
  const end = text.lastIndexOf("}");
  if (start < 0 || end < start) return undefined;
  const parsed = parseToolInput(text.slice(start, end + 1));
  return isRecord(parsed) ? parsed : undefined;
}

function findTool(name: string, tools: readonly ToolSpec[]): string | undefined {
  const wanted = name.toLowerCase();
  return tools.find((tool) => tool.name.toLowerCase() === wanted)?.name;
}

/** Wraps a model so that it is never given tools, but calls them in its text. */
export function withTextTools(model: LanguageModel): LanguageModel {
  return withParsedText(model, (request) => (request.tools.length === 0 ? request : toTextRequest(request)));
}

/**
 * For models that are given tools and may still write a call, or their thinking, into the text: such text is not spoken,
 * and a call found in it is made.
 */
export function withSpeechGuard(model: LanguageModel): LanguageModel {
  return withParsedText(model, (request) => request);
}

function withParsedText(model: LanguageModel, prepare: (request: ModelRequest) => ModelRequest): LanguageModel {
  let callCount = 0;
  const newCallId = () => {
    callCount += 1;
    return `text_call_${callCount}`;
  };
  async function* generate(request: ModelRequest): AsyncGenerator<ModelPart> {
    const parser = createTextToolParser(request.tools, newCallId);
    for await (const part of model.generate(prepare(request))) {
      if (part.type === "text") {
        yield* parser.push(part.text);
        continue;
      }
      yield* parser.end();
      const calledTool = part.type === "finish" && part.reason === "stop" && parser.sawCall;
      yield calledTool ? { type: "finish", reason: "tool-calls" } : part;
    }
  }
  return {
    provider: model.provider,
    model: model.model,
    ...(model.prewarm === undefined ? {} : { prewarm: () => model.prewarm?.() }),
    generate,
  };
}

function toTextRequest(request: ModelRequest): ModelRequest {
  const instructions = `${request.instructions}\n\n${describeTools(request.tools)}`;
  return { ...request, instructions, tools: [], messages: orderHistory(request.messages).flatMap(stepAsText) };
}

function stepAsText(step: ReturnType<typeof orderHistory>[number]): ConversationMessage[] {
  // A caller cannot dictate a tool call: brackets in what they typed lose their meaning.
  if (step.role === "caller") return [{ role: "caller", text: step.text.replaceAll("[", "(").replaceAll("]", ")") }];
  const calls = step.toolCalls.map((call) => writeCall(call));
  const spoken: ConversationMessage = {
    role: "agent",
    text: [step.text, ...calls].filter((line) => line !== "").join("\n"),
  };
  if (step.results.length === 0) return [spoken];
  const results = step.results.map(
    (result) => `[TOOL_RESULT ${result.name} ${result.failed ? "failed" : "ok"} ${outputText(result.output)}]`,
  );
  return [spoken, { role: "caller", text: results.join("\n") }];
}

function writeCall(call: ToolCall): string {
  return call.name === endCallTool ? "[END_CALL]" : `[TOOL ${call.name} ${JSON.stringify(inputObject(call.input))}]`;
}

function describeTools(tools: readonly ToolSpec[]): string {
  const others = sortTools(tools).filter((tool) => tool.name !== endCallTool);
  const endCall = tools.find((tool) => tool.name === endCallTool);
  const lines = [
    "# Tools",
    "The caller never hears lines in square brackets. To use a tool, write one line of exactly this form:",
  ];
  lines.push(
    "[TOOL name {json input}]",
    "Then stop; the answer comes as [TOOL_RESULT name ok …]. Never write TOOL_RESULT yourself.",
  );
  for (const tool of others)
    lines.push(`- ${tool.name}: ${tool.description} Input schema: ${JSON.stringify(tool.inputSchema)}`);
  if (endCall !== undefined)
    lines.push(`- To end the call, say goodbye and write [END_CALL] on a line of its own. ${endCall.description}`);
  return lines.join("\n");
}

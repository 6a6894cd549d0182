import { defineTool, type Tool } from "../tool.ts";
import { inputTypeOf } from "./input-type.ts";
import { type HttpToolConfig, type HttpWork, type SendParts, sendRequest } from "./send-request.ts";

/** From reading the answer to the runner's own limit: the request's comes first and says more. */
const graceMs = 1000;

/** An organisation's own request, as a tool like any other. */
export function httpRequestTool(name: string, config: HttpToolConfig, parts: SendParts): Tool {
  const { title, description, effect, timeoutMs, repeatable } = config;
  const run = (work: HttpWork) => sendRequest(config, parts, work);
  return defineTool({
    ...{ name, title, description, effect },
    input: inputTypeOf(config.input),
    timeoutMs: timeoutMs + graceMs,
    isOnByDefault: false,
    deed: {
      where: "outside",
      run,
      // The server knows the key: asked again, it answers what it answered, or does what it never did.
      ...(repeatable ? { find: (work: HttpWork) => run(work) } : {}),
    },
  });
}

import { z } from "zod";
import { ok } from "../outcomes.ts";
import { defineTool } from "../tool.ts";

/** The engine itself ends the call; nothing is left to do here. */
export const endCall = () =>
  defineTool({
    name: "end_call",
    title: "End the call",
    description: "Ends the call. Say goodbye first; the line closes after it was heard.",
    input: z.object({}),
    effect: "write",
    consent: "free",
    isOnByDefault: true,
    deed: { where: "database", run: async () => ok({}) },
  });

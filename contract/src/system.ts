/** The installation itself: what works, what is missing, and the demo's sign-in. */
import { z } from "zod";
import { defineRoute } from "./route.ts";

export const providerStatus = z.object({
  stage: z.enum(["recogniser", "model", "voice"]),
  /** Who does the work, best first. */
  providers: z.array(z.string()),
  builtIn: z.boolean(),
  /** What to set for a better one, in words. */
  missing: z.string().nullable(),
});
export type ProviderStatus = z.infer<typeof providerStatus>;

export const getSystem = defineRoute({
  id: "system.get",
  summary: "What this installation can do, and what it lacks",
  method: "GET",
  path: "/api/v1/system",
  permission: "system:read",
  response: {
    status: 200,
    schema: z.object({
      version: z.string(),
      embedded: z.boolean(),
      publicUrl: z.string().nullable(),
      twilioWebhookUrl: z.string(),
      providers: z.array(providerStatus),
      liveCalls: z.number().int(),
      mediaProcesses: z.number().int(),
      notes: z.array(z.string()),
    }),
  },
  errors: ["unauthorized"],
});

export const signInToDemo = defineRoute({
  id: "auth.demo",
  summary: "Signs a page on this machine in to the demo organisation (embedded shape only)",
  method: "POST",
  path: "/api/v1/auth/demo",
  permission: "public",
  response: { status: 200, schema: z.object({ signedIn: z.literal(true), expiresAt: z.iso.datetime() }) },
  errors: ["forbidden"],
});

/** What callers left for a human. */
import { z } from "zod";
import { idParams, pageOf, pageQuery } from "./page.ts";
import { defineRoute } from "./route.ts";

const leftMessage = z.object({
  id: z.string(),
  callId: z.string().nullable(),
  status: z.enum(["open", "done"]),
  /** Null when it was erased. */
  content: z.object({ name: z.string().nullable(), phone: z.string().nullable(), message: z.string() }).nullable(),
  createdAt: z.iso.datetime(),
  doneAt: z.iso.datetime().nullable(),
  /** Who saw to it. */
  doneBy: z.string().nullable(),
});
export type LeftMessage = z.infer<typeof leftMessage>;

export const listMessages = defineRoute({
  id: "messages.list",
  summary: "Messages that callers left, newest first",
  method: "GET",
  path: "/api/v1/messages",
  permission: "calls:read",
  query: pageQuery.extend({ status: z.enum(["open", "done"]).optional() }),
  response: { status: 200, schema: pageOf(leftMessage) },
  errors: ["bad_request", "unauthorized", "forbidden"],
});

export const getMessage = defineRoute({
  id: "messages.get",
  summary: "One message; that it was read is on record",
  method: "GET",
  path: "/api/v1/messages/:id",
  permission: "calls:read",
  params: idParams,
  response: { status: 200, schema: leftMessage },
  errors: ["bad_request", "unauthorized", "forbidden", "not_found"],
});

export const changeMessage = defineRoute({
  id: "messages.change",
  summary: "Done, or open again",
  method: "PATCH",
  path: "/api/v1/messages/:id",
  permission: "calls:write",
  params: idParams,
  body: z.strictObject({ status: z.enum(["open", "done"]) }),
  response: { status: 200, schema: leftMessage },
  errors: ["bad_request", "unauthorized", "forbidden", "not_found"],
});

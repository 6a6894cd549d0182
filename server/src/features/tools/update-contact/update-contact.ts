import type { NewContact } from "@parley/contract/contacts";
import { z } from "zod";
import { AppError } from "../../../kernel/app-error.ts";
import { toE164 } from "../../contacts/index.ts";
import { readPlace } from "../../organizations/index.ts";
import { words } from "../input-words.ts";
import type { ContactToolParts } from "../look-up-contact/look-up-contact.ts";
import { failed, ok } from "../outcomes.ts";
import { defineTool, type ToolShape } from "../tool.ts";

const own = {
  name: words(200).optional().describe("The caller's name."),
  email: words(254).optional().describe("The caller's e-mail address."),
  language: words(20).optional().describe("The language the caller prefers, such as en-US or ar-EG."),
  note: words(1000).optional().describe("Something worth knowing of the caller, in a sentence."),
};
const ownFields = ["name", "email", "language", "note"] as const;

const input = z.object({
  ...own,
  details: z
    .record(z.string(), z.union([z.string().max(500), z.number(), z.boolean()]))
    .optional()
    .describe("Other details by name."),
});

const settings = z.strictObject({
  fields: z
    .array(z.enum(ownFields))
    .default(["name", "email"])
    .describe("What the agent may write. A note is kept only of callers who agreed to be remembered."),
  details: z.array(z.string().max(40)).max(50).default([]).describe("Names of the contact fields it may write."),
  create: z.boolean().default(false).describe("Make a contact of a caller nobody knows yet."),
});
type Settings = z.output<typeof settings>;

/** The model is told of nothing that it may not write. */
function shapeFor({ fields, details }: Settings): ToolShape {
  const offered = z.object(Object.fromEntries(fields.map((name) => [name, own[name]])));
  const { properties = {}, ...rest } = z.toJSONSchema(offered, { target: "draft-7" });
  const named = {
    type: "object",
    properties: Object.fromEntries(details.map((name) => [name, { type: ["string", "number", "boolean"] }])),
    additionalProperties: false,
  };
  return { inputSchema: { ...rest, properties: { ...properties, ...(details.length > 0 ? { details: named } : {}) } } };
}

type Wish = z.output<typeof input>;

/** What was wished and may not be written. */
function refusedOf({ details = {}, ...wish }: Wish, allowed: Settings): string[] {
  const given = Object.entries(wish).filter(([, value]) => value !== undefined);
  return [
    ...given.map(([name]) => name).filter((name) => !(allowed.fields as readonly string[]).includes(name)),
    ...Object.keys(details).filter((name) => !allowed.details.includes(name)),
  ];
}

function toChange({ name, email, language, details }: Wish): NewContact {
  return {
    ...(name === undefined ? {} : { name }),
    ...(email === undefined ? {} : { emails: [email] }),
    ...(language === undefined ? {} : { language }),
    ...(details === undefined ? {} : { fields: details }),
  };
}

const unreadable = (wish: Wish): string | undefined => {
  if (wish.email !== undefined && !z.email().safeParse(wish.email).success)
    return "email: this is no e-mail address. Ask for it again, letter by letter.";
  if (wish.language !== undefined && !/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/.test(wish.language))
    return "language: give it as a tag such as en-US or ar-EG.";
  return undefined;
};

/** Notes are added to what is there; anything else replaces it. */
export const updateContact = ({ contacts }: ContactToolParts) =>
  defineTool({
    name: "update_contact",
    title: "Write down what the caller says of themselves",
    description: "Changes what is known of the caller, after they have said it and agreed to it.",
    input,
    settings,
    shapeFor,
    effect: "write",
    isOnByDefault: false,
    deed: {
      where: "database",
      async run(tx, { orgId, callId, call, input: wish, settings: allowed }) {
        const { country } = await readPlace(tx);
        const number = call?.callerPhone === undefined ? undefined : toE164(call.callerPhone, country);
        if (number === undefined)
          return failed("The caller's number is not known, so nothing can be written down of them.");
        const refused = refusedOf(wish, allowed);
        if (refused.length > 0)
          return failed(`${refused.join(", ")}: must not be changed here. Offer to take a message.`);
        const fault = unreadable(wish);
        if (fault !== undefined) return failed(fault);
        const known = await contacts.findByPhone(tx, orgId, number);
        const { note } = wish;
        if (note !== undefined && known?.consents.memory?.granted !== true)
          return failed("note: this caller has not agreed to be remembered. Offer to take a message instead.");
        const notes =
          note === undefined ? {} : { notes: [known?.notes ?? "", note].filter((text) => text !== "").join("\n") };
        const change = { ...toChange(wish), ...notes };
        if (Object.keys(change).length === 0)
          return failed("There is nothing to write down. Ask what should be changed.");
        const actor = { kind: "caller", id: callId ?? "try" } as const;
        try {
          const amended = await contacts.amend(tx, { orgId, actor, number, change, mayCreate: allowed.create });
          return amended === undefined
            ? failed("Nobody is known by this number. Offer to take a message.")
            : ok(amended);
        } catch (error) {
          if (error instanceof AppError) return failed(error.publicMessage);
          throw error;
        }
      },
    },
  });

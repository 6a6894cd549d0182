/** A caller in the business's list of customers: made, or brought up to date. Doing it twice leaves one contact. */
import { z } from "zod";
import { toE164 } from "../../contacts/index.ts";
import type { CrmContact } from "../crm.port.ts";
import { readFields, scalar, shapeOf } from "../field-inputs.ts";
import { failed, ok } from "../outcomes.ts";
import { defineTool, type ToolWork } from "../tool.ts";
import { accountOf, type VendorAccounts } from "../vendor-accounts.ts";

const text = (max: number, words: string) => z.string().trim().max(max).optional().describe(words);

const own = {
  firstName: text(100, "The caller's first name."),
  lastName: text(100, "The caller's last name."),
  email: text(250, "The caller's e-mail address, if they gave one."),
  phone: text(60, "The caller's phone number; leave it out for the number they call from."),
};
const ownNames = Object.keys(own);
const input = z.object(own).catchall(scalar);

const fieldName = z
  .string()
  .trim()
  .regex(/^[A-Za-z][A-Za-z0-9_]{0,99}$/, "must be the field's name at the vendor, such as lead_source or Reason__c");

const settings = z.object({
  fields: z
    .array(
      z.object({
        name: fieldName.describe("The field's own name there: HubSpot's internal name, Salesforce's API name."),
        description: z.string().trim().max(300).optional().describe("What the agent writes there."),
        required: z.boolean().optional(),
      }),
    )
    .max(30)
    .default([]),
  country: z
    .string()
    .regex(/^[A-Z]{2}$/, "must be two capital letters, such as AE")
    .optional()
    .describe("Where numbers without a country code belong."),
  externalIdField: fieldName
    .optional()
    .describe("Salesforce: a custom field of contacts, an external id, that holds the phone. It rules doubles out."),
  allowDuplicates: z
    .boolean()
    .default(false)
    .describe("Salesforce: make a contact although their duplicate rules find a similar one."),
});
type Settings = z.output<typeof settings>;
type Work = ToolWork<z.output<typeof input>, Settings>;

type Wish = { readonly ok: true; readonly contact: CrmContact } | { readonly ok: false; readonly words: string };

function wishOf({ input: given, settings: wanted, call }: Work): Wish {
  const fields = readFields(wanted.fields, given, ownNames);
  if (!fields.ok) return fields;
  const { firstName, lastName, email, phone: said } = given;
  if (email && !z.email().safeParse(email).success) {
    return { ok: false, words: "email: is no e-mail address. Ask the caller to spell it." };
  }
  const number = said || call?.callerPhone;
  const phone = number && toE164(number, wanted.country ?? null);
  if (said && phone === undefined)
    return { ok: false, words: "phone: is no phone number. Ask the caller for it again." };
  if (!phone && !email) return { ok: false, words: "Ask the caller for a phone number or an e-mail address first." };
  const contact: CrmContact = {
    fields: Object.fromEntries(fields.values),
    ...(firstName ? { firstName } : {}),
    ...(lastName ? { lastName } : {}),
    ...(email ? { email: email.toLowerCase() } : {}),
    ...(phone ? { phone } : {}),
  };
  return { ok: true, contact };
}

const crmOf = (
  accounts: Pick<VendorAccounts, "crm">,
  work: Pick<Work, "orgId" | "connectionId" | "signal" | "settings">,
) =>
  accounts.crm(accountOf(work), {
    externalIdField: work.settings.externalIdField,
    allowsDuplicates: work.settings.allowDuplicates,
  });

export const upsertCrmContact = (accounts: Pick<VendorAccounts, "crm">) =>
  defineTool({
    name: "upsert_crm_contact",
    title: "Save the caller in HubSpot or Salesforce",
    description: "Saves the caller in the business's list of customers, or brings what stands there up to date.",
    input,
    effect: "write",
    settings,
    shapeFor: ({ fields }) =>
      shapeOf(fields, {
        properties: Object.fromEntries(
          Object.entries(own).map(([name, field]) => [
            name,
            { type: "string", description: field.description ?? name },
          ]),
        ),
      }),
    needs: ["hubspot", "salesforce"],
    isOnByDefault: false,
    timeoutMs: 12_000,
    deed: {
      where: "outside",
      async run(work) {
        const wish = wishOf(work);
        if (!wish.ok) return failed(wish.words);
        const outcome = await (await crmOf(accounts, work)).upsert(wish.contact, work.signal);
        if (outcome.kind === "ambiguous") {
          return failed("More than one contact is like this one, so none was changed. Offer to take a message.");
        }
        return ok({ contactId: outcome.id, created: outcome.created });
      },
      async find(work) {
        const wish = wishOf(work);
        if (!wish.ok) return undefined;
        const found = await (await crmOf(accounts, work)).find(wish.contact, work.signal);
        return found && ok({ contactId: found.id });
      },
    },
    probe: async (work) => (await crmOf(accounts, work)).verify(work.signal),
  });

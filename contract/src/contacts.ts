/** Contacts: whom an organisation knows, what they consented to, and what is remembered of them. */
import { z } from "zod";
import { idParams, pageOf, pageQuery } from "./page.ts";
import { defineRoute } from "./route.ts";

const fieldName = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,39}$/, "must be small letters, digits and _, such as insurance_no");
const fieldValue = z.union([z.string().trim().max(2000), z.number(), z.boolean()]);

const contactField = z.strictObject({
  name: fieldName.describe("Stands in texts as `{{contact.name}}`."),
  label: z.string().trim().min(1).max(60),
  type: z.enum(["text", "number", "boolean", "date", "choice"]).describe("A date is `2026-11-20`."),
  choices: z.array(z.string().trim().min(1).max(100)).max(50).default([]).describe("With `choice` only."),
});
export type ContactField = z.output<typeof contactField>;

const consentGiven = z.object({
  granted: z.boolean(),
  at: z.iso.datetime(),
  /** How it was given or taken back. */
  how: z.string(),
});
const consents = z.object({
  recording: consentGiven.nullable(),
  memory: consentGiven.nullable(),
  marketing: consentGiven.nullable(),
});
const consentChange = z.strictObject({
  granted: z.boolean(),
  at: z.iso.datetime().optional().describe("Now, unless told."),
  how: z.string().trim().min(1).max(300).describe('"signed form", "asked on the phone"'),
});

const tag = z.string().trim().min(1).max(50);
const contactWords = {
  name: z.string().trim().max(200),
  phones: z
    .array(z.strictObject({ number: z.string().trim().min(3).max(40), label: z.string().trim().max(30).default("") }))
    .max(10)
    .describe("As people write them; kept as E.164. The first is the primary one."),
  emails: z.array(z.email().max(254)).max(10),
  language: z
    .string()
    .regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/, "must be a language tag such as en-US or ar-EG")
    .nullable(),
  timeZone: z.string().trim().min(1).max(60).nullable().describe("IANA: Africa/Cairo"),
  notes: z.string().max(10_000),
  tags: z.array(tag).max(50),
  fields: z.record(fieldName, fieldValue.nullable()).describe("The organisation's own; null takes one away."),
  consents: z.strictObject({
    recording: consentChange.optional(),
    memory: consentChange.optional(),
    marketing: consentChange.optional(),
  }),
  doNotCall: z.boolean(),
};

const newContact = z.strictObject(contactWords).partial();
export type NewContact = z.output<typeof newContact>;
const contactChange = newContact.extend({
  revision: z.int().min(1).optional().describe("What the change was made from; another one is a conflict."),
});

const contact = z.object({
  id: z.string(),
  revision: z.int(),
  name: z.string(),
  phones: z.array(z.object({ number: z.string(), label: z.string() })),
  emails: z.array(z.string()),
  language: z.string().nullable(),
  timeZone: z.string().nullable(),
  notes: z.string(),
  tags: z.array(z.string()),
  fields: z.record(z.string(), fieldValue),
  consents,
  doNotCall: z.boolean(),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
});
export type Contact = z.output<typeof contact>;

const yesOrNo = z.enum(["true", "false"]).transform((value) => value === "true");

const contactFilters = z.object({
  name: z.string().trim().min(1).max(100).optional().describe("Beginnings of words of the name."),
  phone: z.string().trim().min(3).max(40).optional(),
  email: z.string().trim().min(3).max(254).optional(),
  tag: tag.optional(),
  doNotCall: yesOrNo.optional(),
});

export const listContacts = defineRoute({
  id: "contacts.list",
  summary: "Contacts, newest first",
  method: "GET",
  path: "/api/v1/contacts",
  permission: "contacts:read",
  query: pageQuery.extend(contactFilters.shape),
  response: { status: 200, schema: pageOf(contact) },
  errors: ["bad_request", "unauthorized", "forbidden"],
});

export const createContact = defineRoute({
  id: "contacts.create",
  summary: "A new contact; a number that another contact has is a conflict that names it",
  method: "POST",
  path: "/api/v1/contacts",
  permission: "contacts:write",
  body: newContact,
  response: { status: 201, schema: contact },
  errors: ["bad_request", "unauthorized", "forbidden", "conflict"],
});

export const getContact = defineRoute({
  id: "contacts.get",
  summary: "One contact",
  method: "GET",
  path: "/api/v1/contacts/:id",
  permission: "contacts:read",
  params: idParams,
  response: { status: 200, schema: contact },
  errors: ["bad_request", "unauthorized", "forbidden", "not_found"],
});

export const changeContact = defineRoute({
  id: "contacts.change",
  summary: "Changes what is given; consent to memory taken back erases what is remembered",
  method: "PATCH",
  path: "/api/v1/contacts/:id",
  permission: "contacts:write",
  params: idParams,
  body: contactChange,
  response: { status: 200, schema: contact },
  errors: ["bad_request", "unauthorized", "forbidden", "not_found", "conflict"],
});

export const deleteContact = defineRoute({
  id: "contacts.delete",
  summary: "Erases a contact, their memory and the key of both; their calls stay, without a name",
  method: "DELETE",
  path: "/api/v1/contacts/:id",
  permission: "contacts:write",
  params: idParams,
  response: { status: 204, schema: z.null() },
  errors: ["bad_request", "unauthorized", "forbidden", "not_found"],
});

const mergeable = z.enum(["name", "language", "timeZone", "notes", "doNotCall"]);

export const mergeContacts = defineRoute({
  id: "contacts.merge",
  summary: "Makes two contacts one; merging them again changes nothing",
  method: "POST",
  path: "/api/v1/contacts/:id/merge",
  permission: "contacts:write",
  params: idParams,
  body: z.strictObject({
    otherId: idParams.shape.id.describe("Is gone afterwards; its calls and memory go over."),
    takeFromOther: z
      .array(mergeable)
      .default([])
      .describe("What is empty here comes from the other anyway; phones, e-mails and tags are united."),
    takeFieldsFromOther: z.array(fieldName).max(50).default([]),
  }),
  response: { status: 200, schema: contact },
  errors: ["bad_request", "unauthorized", "forbidden", "not_found", "conflict"],
});

export const exportContacts = defineRoute({
  id: "contacts.export",
  summary: "All contacts as CSV",
  method: "GET",
  path: "/api/v1/contacts/export",
  permission: "contacts:read",
  query: z.object({ tag: tag.optional(), doNotCall: yesOrNo.optional() }),
  response: { status: 200, schema: z.string(), contentType: "text/csv; charset=utf-8" },
  errors: ["bad_request", "unauthorized", "forbidden"],
});

const contactFields = z.object({ fields: z.array(contactField) });

export const getContactFields = defineRoute({
  id: "contact-fields.get",
  summary: "The organisation's own fields of a contact",
  method: "GET",
  path: "/api/v1/contact-fields",
  permission: "contacts:read",
  response: { status: 200, schema: contactFields },
  errors: ["unauthorized", "forbidden"],
});

export const setContactFields = defineRoute({
  id: "contact-fields.set",
  summary: "Replaces the list of the organisation's own fields; values of a field taken off are hidden",
  method: "PUT",
  path: "/api/v1/contact-fields",
  permission: "contacts:write",
  body: z.strictObject({ fields: z.array(contactField).max(50) }),
  response: { status: 200, schema: contactFields },
  errors: ["bad_request", "unauthorized", "forbidden"],
});

const remembered = z.object({
  id: z.string(),
  text: z.string(),
  /** Null: written by hand. */
  callId: z.string().nullable(),
  at: z.iso.datetime(),
});
const contactMemory = z.object({
  /** Without it nothing is remembered, and nothing is used. */
  hasConsent: z.boolean(),
  facts: z.array(remembered),
  summary: z.string(),
  openItems: z.array(remembered),
  updatedAt: z.iso.datetime().nullable(),
});
export type ContactMemory = z.output<typeof contactMemory>;

export const getContactMemory = defineRoute({
  id: "contact-memory.get",
  summary: "What is remembered of a contact",
  method: "GET",
  path: "/api/v1/contacts/:id/memory",
  permission: "contacts:read",
  params: idParams,
  response: { status: 200, schema: contactMemory },
  errors: ["bad_request", "unauthorized", "forbidden", "not_found"],
});

const correction = z.strictObject({
  id: idParams.shape.id.optional().describe("Of one that stays; absent for a new one."),
  text: z.string().trim().min(1).max(500),
});

export const correctContactMemory = defineRoute({
  id: "contact-memory.correct",
  summary: "Corrects what is remembered: each list that is given replaces that list",
  method: "PATCH",
  path: "/api/v1/contacts/:id/memory",
  permission: "contacts:write",
  params: idParams,
  body: z.strictObject({
    facts: z.array(correction).max(50).optional(),
    summary: z.string().trim().max(2000).optional(),
    openItems: z.array(correction).max(20).optional(),
  }),
  response: { status: 200, schema: contactMemory },
  errors: ["bad_request", "unauthorized", "forbidden", "not_found", "conflict"],
});

export const forgetContact = defineRoute({
  id: "contact-memory.forget",
  summary: "Erases all that is remembered of a contact, at once, with its key",
  method: "DELETE",
  path: "/api/v1/contacts/:id/memory",
  permission: "contacts:write",
  params: idParams,
  response: { status: 204, schema: z.null() },
  errors: ["bad_request", "unauthorized", "forbidden", "not_found"],
});

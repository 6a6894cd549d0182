export { type CallerContexts, createCallerContexts } from "./caller-context.ts";
export type { KnownContact } from "./contact-details.ts";
export { type ContactImports, createContactImports, importContacts } from "./contact-imports.ts";
export { type ContactMemories, createContactMemories } from "./contact-memory.ts";
export { toE164 } from "./contact-phone.ts";
export { mountContactRoutes } from "./contacts.route.ts";
export { type Contacts, createContacts } from "./contacts.ts";

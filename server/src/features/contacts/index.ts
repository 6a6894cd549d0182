export { type ContactImports, createContactImports, importContacts } from "./contact-imports.ts";
export { type ContactMemories, createContactMemories } from "./contact-memory.ts";
export { toE164 } from "./contact-phone.ts";
export { type Contacts, createContacts } from "./contacts.ts";
export { mountContactRoutes } from "./contacts.route.ts";

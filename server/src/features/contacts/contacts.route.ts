import {
  exportImportProblems,
  getContactImport,
  listImportProblems,
  startContactImport,
} from "@parley/contract/contact-imports";
import {
  changeContact,
  correctContactMemory,
  createContact,
  deleteContact,
  exportContacts as exportRoute,
  forgetContact,
  getContact,
  getContactFields,
  getContactMemory,
  listContacts,
  mergeContacts,
  setContactFields,
} from "@parley/contract/contacts";
import type { RouteMount } from "../../platform/http/route-mount.ts";
import type { ContactImports } from "./contact-imports.ts";
import type { ContactMemories } from "./contact-memory.ts";
import type { Contacts } from "./contacts.ts";
import { type ExportParts, exportContacts } from "./export-contacts.ts";

export interface ContactRouteParts extends ExportParts {
  readonly contacts: Contacts;
  readonly contactMemories: ContactMemories;
  readonly contactImports: ContactImports;
}

export function mountContactRoutes(mount: RouteMount, features: ContactRouteParts): void {
  mount(listContacts, ({ orgId, query }) => features.contacts.list(orgId, query));
  mount(createContact, ({ orgId, actor, body }) => features.contacts.create({ orgId, actor }, body));
  mount(exportRoute, async ({ orgId, query, reply }) => {
    void reply.header("content-disposition", 'attachment; filename="contacts.csv"');
    return exportContacts(features, orgId, query);
  });
  mount(getContact, ({ orgId, params }) => features.contacts.get(orgId, params.id));
  mount(changeContact, ({ orgId, actor, params, body }) =>
    features.contacts.change({ orgId, actor, contactId: params.id }, body),
  );
  mount(deleteContact, async ({ orgId, actor, params }) => {
    await features.contacts.remove({ orgId, actor, contactId: params.id });
    return null;
  });
  mount(mergeContacts, ({ orgId, actor, params, body }) =>
    features.contacts.merge({ orgId, actor, contactId: params.id, ...body }),
  );
  mount(getContactFields, async ({ orgId }) => ({ fields: await features.contacts.fields(orgId) }));
  mount(setContactFields, async ({ orgId, actor, body }) => ({
    fields: await features.contacts.setFields({ orgId, actor }, body.fields),
  }));
  mountMemoryRoutes(mount, features);
  mountImportRoutes(mount, features);
}

function mountMemoryRoutes(mount: RouteMount, { contactMemories }: ContactRouteParts): void {
  mount(getContactMemory, ({ orgId, params }) => contactMemories.get(orgId, params.id));
  mount(correctContactMemory, ({ orgId, actor, params, body }) =>
    contactMemories.correct({ orgId, actor, contactId: params.id }, body),
  );
  mount(forgetContact, async ({ orgId, actor, params }) => {
    await contactMemories.forget({ orgId, actor, contactId: params.id });
    return null;
  });
}

function mountImportRoutes(mount: RouteMount, { contactImports }: ContactRouteParts): void {
  mount(startContactImport, ({ orgId, actor, query, upload }) =>
    contactImports.start({ orgId, actor }, { stream: upload.stream, isDryRun: query.dryRun, columns: query.columns }),
  );
  mount(getContactImport, ({ orgId, params }) => contactImports.get(orgId, params.id));
  mount(listImportProblems, ({ orgId, params, query }) => contactImports.problems(orgId, params.id, query));
  mount(exportImportProblems, async ({ orgId, params, reply }) => {
    void reply.header("content-disposition", 'attachment; filename="import-report.csv"');
    return await contactImports.report(orgId, params.id);
  });
}

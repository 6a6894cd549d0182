/** People and their mail, of the process that answers the API. */
import type { Logger } from "pino";
import { toLogLine } from "../boot/logger.ts";
import type { Config } from "../config.ts";
import { isOwnOrigin, publicOrigin } from "../entry/http/origin.ts";
import type { AuditLog } from "../features/audit/index.ts";
import { type Auth, type AuthRouteParts, createAuth } from "../features/auth/index.ts";
import type { LockOut } from "../platform/limits/lock-out.ts";
import { createMailer } from "../platform/mail/create-mailer.ts";
import type { Mailer } from "../platform/mail/send-mail.ts";
import { clock, type Stores } from "./stores.ts";

export interface People {
  readonly mailer: Mailer;
  readonly auth: Auth;
  readonly pages: Pick<AuthRouteParts, "isOwnPage" | "originFor">;
}

export interface PeopleParts {
  readonly config: Config;
  readonly log: Logger;
  readonly audit: AuditLog;
  readonly lockOut: LockOut;
  /** Where a mail's link leads: PUBLIC_URL, or this machine. */
  readonly origin: () => string;
}

export function openPeople(stores: Stores, { config, log, audit, lockOut, origin }: PeopleParts): People {
  const mailer = createMailer({ ...config.mail, clock, log: toLogLine(log) });
  const { db, masterKey, organizations } = stores;
  const auth = createAuth({
    ...{ db, masterKey, organizations, clock, audit, mailer, lockOut, origin },
    firstPersonAdministers: !config.embedded,
    isEmbedded: config.embedded,
    isSecure: config.publicUrl?.startsWith("https:") ?? false,
    ...(config.oidc === undefined ? {} : { oidc: config.oidc }),
  });
  const { publicUrl } = config;
  const pages: People["pages"] = {
    isOwnPage: (headers) => isOwnOrigin(headers, publicUrl),
    originFor: (headers) => publicOrigin(publicUrl, headers.host),
  };
  return { mailer, auth, pages };
}

/** `await using desk = await authDesk()`: people over a real database, a clock that stands still, mail that is kept. */
import { createAuditLog } from "../features/audit/index.ts";
import { type Auth, createAuth } from "../features/auth/index.ts";
import { createOrganizations } from "../features/organizations/index.ts";
import { newKey } from "../platform/crypto/envelope.ts";
import { silentLog } from "../platform/db/log-line.ts";
import { type Actor, actorOf, type UserPrincipal } from "../platform/http/principal.ts";
import { createCounterStore } from "../platform/limits/counter.ts";
import { createLockOut } from "../platform/limits/lock-out.ts";
import { createMailer } from "../platform/mail/create-mailer.ts";
import type { KeptMail } from "../platform/mail/send-mail.ts";
import { createManualClock, type ManualClock } from "./manual-clock.ts";
import { waitUntil } from "./running-platform.ts";
import { type TestDatabase, testDatabase } from "./test-database.ts";

export interface AuthDesk extends AsyncDisposable {
  readonly db: TestDatabase;
  readonly auth: Auth;
  readonly clock: ManualClock;
  /** Signed up, with an organisation where one is named. */
  signUp(email: string, more?: { organizationName?: string; language?: string }): ReturnType<Auth["signUp"]>;
  principalOf(session: { accessToken: string }): Promise<UserPrincipal>;
  asking(principal: UserPrincipal): { principal: UserPrincipal; actor: Actor; address: string };
  /** The newest mail to an address; waits for it. */
  mailTo(email: string): Promise<KeptMail & { token: string }>;
}

export const deskPassword = "correct horse battery";
export const deskDevice = { userAgent: "vitest", address: "192.0.2.7" };

type DeskOptions = Partial<Pick<Parameters<typeof createAuth>[0], "firstPersonAdministers" | "oidc">>;

export async function authDesk(options: DeskOptions = {}): Promise<AuthDesk> {
  const db = await testDatabase();
  const clock = createManualClock();
  const masterKey = newKey();
  const store = createCounterStore({ clock, log: silentLog });
  const mailer = createMailer({ clock, log: silentLog });
  const auth = createAuth({
    ...{ clock, masterKey, mailer, db: db.orgDb },
    audit: createAuditLog({ clock, commitClaim: async () => {} }),
    organizations: createOrganizations({ db: db.orgDb, masterKey }),
    lockOut: createLockOut({ store, secret: newKey() }),
    origin: () => "https://parley.example",
    ...{ firstPersonAdministers: false, isEmbedded: true, isSecure: true },
    ...options,
  });
  return {
    ...{ db, auth, clock },
    signUp: (email, more = {}) =>
      auth.signUp({
        ...{ email, password: deskPassword, name: "Salma Adel", language: "en", timeZone: "Africa/Cairo" },
        ...more,
        device: deskDevice,
      }),
    principalOf: ({ accessToken }) => auth.principalOf(accessToken, false),
    asking: (principal) => ({ principal, actor: actorOf(principal), address: deskDevice.address }),
    async mailTo(email) {
      const find = () => mailer.kept().find((mail) => mail.to === email);
      await waitUntil(() => find() !== undefined);
      const mail = find();
      if (mail === undefined) throw new Error("the mail is gone");
      return { ...mail, token: /#token=(\S+)/.exec(mail.link ?? "")?.[1] ?? "" };
    },
    async [Symbol.asyncDispose]() {
      store.close();
      await db[Symbol.asyncDispose]();
    },
  };
}

/** People, joined: what the routes, the doors of HTTP and other features ask for. */
import type { Account } from "@parley/contract/account";
import type { UserPrincipal } from "../../platform/http/principal.ts";
import type { KeptMail } from "../../platform/mail/send-mail.ts";
import { createAccessTokens } from "./access-token.ts";
import { type AuthParts, doAsPerson } from "./auth-parts.ts";
import { demoPersonId } from "./demo-person.ts";
import { createOneTimeTokens } from "./one-time-tokens.ts";
import { confirmSecondFactor, disableSecondFactor, startSecondFactor } from "./own-second-factor.ts";
import { changePassword, requestPasswordReset, resetPassword } from "./password-change.ts";
import { createPeople, type People } from "./people.ts";
import { readPrincipal } from "./principal.ts";
import {
  type Asking,
  changeProfile,
  type ProfileChange,
  readAccount,
  resendVerification,
  selfOf,
  verifyEmail,
} from "./profile.ts";
import { createSecondFactor } from "./second-factor.ts";
import { sessionCookies } from "./session-cookies.ts";
import { createSessions, type Device, type OpenedSession, type SessionFacts, type Sessions } from "./sessions.ts";
import { type SignIn, signIn } from "./sign-in.ts";
import { type SignUp, signUp } from "./sign-up.ts";
import { createSingleSignOn, type OidcSettings, type SingleSignOn } from "./single-sign-on.ts";

type Made = "people" | "sessions" | "secondFactor" | "oneTimeTokens";

export interface AuthOptions extends Omit<AuthParts, Made> {
  readonly isEmbedded: boolean;
  /** True when browsers reach us by https. */
  readonly isSecure: boolean;
  readonly oidc?: OidcSettings;
}

type AskingWith<Given, Result> = (asking: Asking, given: Given) => Promise<Result>;

export interface Auth {
  readonly people: People;
  readonly sessions: Pick<Sessions, "refresh" | "endByToken">;
  /** Undefined when OIDC_ISSUER is not set. */
  readonly singleSignOn: SingleSignOn | undefined;
  readonly isEmbedded: boolean;
  readonly isSecure: boolean;
  /** Throws AppError `token_expired` or `unauthorized`. */
  principalOf(accessToken: string, byCookie: boolean): Promise<UserPrincipal>;
  signUp(given: SignUp): Promise<OpenedSession>;
  signIn(given: SignIn): Promise<OpenedSession>;
  /** A session of the demo's person: the page's own, refreshed, or a new one. */
  signInToDemo(given: { device: Device; refreshToken: string | undefined }): Promise<OpenedSession>;
  cookiesOf(session: OpenedSession): string[];
  readAccount(principal: UserPrincipal): Promise<Account>;
  changeProfile: AskingWith<ProfileChange, void>;
  changePassword: AskingWith<{ currentPassword: string; newPassword: string }, void>;
  resendVerification(asking: Asking): Promise<void>;
  verifyEmail(token: string): Promise<void>;
  requestPasswordReset(email: string): void;
  resetPassword(token: string, password: string): Promise<void>;
  startSecondFactor: AskingWith<string, { secret: string; otpauthUri: string }>;
  /** The recovery codes. */
  confirmSecondFactor: AskingWith<string, string[]>;
  disableSecondFactor: AskingWith<
    { currentPassword: string; code?: string | undefined; recoveryCode?: string | undefined },
    void
  >;
  listSessions(userId: string): Promise<SessionFacts[]>;
  /** False when the person has no such session that stands. */
  endOwnSession(asking: Omit<Asking, "address">, sessionId: string): Promise<boolean>;
  keptMail(): readonly KeptMail[];
}

export function createAuth(options: AuthOptions): Auth {
  const people = createPeople(options);
  const accessTokens = createAccessTokens(options);
  const sessions = createSessions({ ...options, people, accessTokens });
  const secondFactor = createSecondFactor({ ...options, people });
  const parts: AuthParts = { ...options, people, sessions, secondFactor, oneTimeTokens: createOneTimeTokens(options) };
  const { db, clock, isSecure, isEmbedded } = options;
  return {
    ...{ people, sessions, isEmbedded, isSecure },
    singleSignOn: options.oidc && createSingleSignOn(parts, options.oidc),
    principalOf: (token, byCookie) => readPrincipal({ db, clock, accessTokens }, token, byCookie),
    signUp: (given) => signUp(parts, given),
    signIn: (given) => signIn(parts, given),
    signInToDemo: (given) => signInToDemo(parts, given),
    cookiesOf: (session) => sessionCookies(session, { nowMs: clock.wallNow(), isSecure }),
    readAccount: (principal) => readAccount(parts, principal),
    changeProfile: (asking, change) => changeProfile(parts, asking, change),
    changePassword: (asking, given) => changePassword(parts, asking, given),
    resendVerification: (asking) => resendVerification(parts, asking),
    verifyEmail: (token) => verifyEmail(parts, token),
    requestPasswordReset: (email) => requestPasswordReset(parts, email),
    resetPassword: (token, password) => resetPassword(parts, token, password),
    startSecondFactor: (asking, password) => startSecondFactor(parts, asking, password),
    confirmSecondFactor: (asking, code) => confirmSecondFactor(parts, asking, code),
    disableSecondFactor: (asking, given) => disableSecondFactor(parts, asking, given),
    listSessions: (userId) => db.withUser(userId, (tx) => sessions.list(tx, userId)),
    endOwnSession: (asking, sessionId) =>
      doAsPerson(parts, { self: selfOf(asking), action: "account.revoke-session" }, (tx) =>
        sessions.end(tx, sessionId, sessionId === asking.principal.sessionId ? "signed-out" : "revoked"),
      ),
    keptMail: () => options.mailer.kept(),
  };
}

async function signInToDemo(
  parts: AuthParts,
  { device, refreshToken }: { device: Device; refreshToken: string | undefined },
): Promise<OpenedSession> {
  if (refreshToken !== undefined) {
    // A page whose access token has expired keeps its session; a token that stands for nothing is no reason to stay out.
    const same = await parts.sessions.refresh(refreshToken, {}).catch(() => undefined);
    if (same?.userId === demoPersonId) return same;
  }
  return await parts.db.withUser(demoPersonId, (tx) => parts.sessions.open(tx, demoPersonId, { device }));
}

/** What tests use of it; the package has no types of its own. */
declare module "oidc-provider" {
  import type { RequestListener } from "node:http";

  interface Claims {
    readonly sub: string;
    readonly [claim: string]: unknown;
  }

  export default class Provider {
    constructor(issuer: string, configuration: Readonly<Record<string, unknown>>);
    callback(): RequestListener;
  }

  export type FindAccount = (
    context: unknown,
    id: string,
  ) => Promise<{ accountId: string; claims: () => Promise<Claims> } | undefined>;
}

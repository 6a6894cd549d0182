/** What the person who started the program needs, once, when everything is ready. */
import type { ProviderStatus } from "@parley/contract/system";

export interface BannerFacts {
  readonly address: string;
  readonly publicUrl?: string;
  readonly demoApiKey: string;
  readonly providers: readonly ProviderStatus[];
  /** Only when it was made by us. */
  readonly madeTwilioToken?: string;
  readonly embedded: boolean;
  readonly mediaProcesses: number;
  readonly readyAfterMs: number;
}

export function renderBanner(facts: BannerFacts): string {
  const webhook = `${facts.publicUrl ?? facts.address}/telephony/twilio/incoming`;
  const lines = [
    "",
    `  Parley is ready (${(facts.readyAfterMs / 1000).toFixed(1)} s)`,
    "",
    `  Open        ${facts.address}`,
    `  API key     ${facts.demoApiKey}   (Authorization: Bearer …, docs at ${facts.address}/api/docs)`,
    `  Call it     npm run call`,
    "",
    `  Twilio      ${webhook}`,
    ...(facts.madeTwilioToken
      ? [`  Auth token  ${facts.madeTwilioToken}   (made here; TWILIO_AUTH_TOKEN replaces it)`]
      : []),
    ...(facts.publicUrl
      ? []
      : ["              Set PUBLIC_URL to the address Twilio reaches, so that its signature can be checked."]),
    "",
    ...facts.providers.map(
      (status) => `  ${status.stage.padEnd(11)} ${status.missing ?? status.providers.join(", then ")}`,
    ),
    `  database    ${facts.embedded ? "embedded PostgreSQL under DATA_DIR" : "DATABASE_URL"}`,
    `  processes   1 API, ${facts.mediaProcesses} media, 1 worker`,
    "",
  ];
  return lines.join("\n");
}

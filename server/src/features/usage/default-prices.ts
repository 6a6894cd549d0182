/**
 * List prices of the vendors, so that a new installation tells a cost at all. They are looked up by hand, they change, and contracts
 * differ: check yours, and set what you pay with `POST /api/v1/installation/prices`.
 */
import type { UsageUnit } from "@parley/contract/usage";

export interface DefaultPrice {
  readonly provider: string;
  /** A model's name, or its beginning and `*`. */
  readonly model: string;
  readonly unit: UsageUnit;
  /** For `per` units, in `currency`. */
  readonly price: string;
  readonly per: number;
  readonly currency: "USD";
  /** The month it was looked up. */
  readonly asOf: string;
}

type Row = readonly [model: string, price: string];

const usd = { currency: "USD", asOf: "2025-10" } as const;

const free = (provider: string, units: readonly UsageUnit[]): DefaultPrice[] =>
  units.map((unit) => ({ provider, model: "*", unit, price: "0", per: 1, ...usd }));

const each = (about: Pick<DefaultPrice, "provider" | "unit" | "per">, rows: readonly Row[]): DefaultPrice[] =>
  rows.map(([model, price]) => ({ ...about, model, price, ...usd }));

type TokenRow = readonly [model: string, input: string, cached: string, output: string];

/** For a million tokens. */
const tokens = (provider: string, rows: readonly TokenRow[]): DefaultPrice[] =>
  rows.flatMap(([model, input, cached, output]) => [
    ...each({ provider, unit: "input-tokens", per: 1_000_000 }, [[model, input]]),
    ...each({ provider, unit: "cached-input-tokens", per: 1_000_000 }, [[model, cached]]),
    ...each({ provider, unit: "output-tokens", per: 1_000_000 }, [[model, output]]),
  ]);

export const defaultPrices: readonly DefaultPrice[] = [
  ...free("parley", ["call-seconds"]),
  ...free("builtin", ["input-tokens", "cached-input-tokens", "output-tokens", "voice-characters"]),
  ...each({ provider: "deepgram", unit: "recogniser-seconds", per: 60 }, [
    ["flux-general-en", "0.0065"],
    ["flux-general-multi", "0.0078"],
    ["flux*", "0.0078"],
    ["nova-3*", "0.0077"],
    ["nova-2*", "0.0058"],
    ["*", "0.0077"],
  ]),
  ...each({ provider: "elevenlabs", unit: "voice-characters", per: 1000 }, [
    ["eleven_flash*", "0.05"],
    ["eleven_turbo*", "0.05"],
    ["*", "0.10"],
  ]),
  ...tokens("openai", [
    ["gpt-4.1-mini*", "0.40", "0.10", "1.60"],
    ["gpt-4.1-nano*", "0.10", "0.025", "0.40"],
    ["gpt-4.1*", "2.00", "0.50", "8.00"],
    ["gpt-4o-mini*", "0.15", "0.075", "0.60"],
    ["gpt-4o*", "2.50", "1.25", "10.00"],
    ["gpt-5-mini*", "0.25", "0.025", "2.00"],
  ]),
  ...tokens("anthropic", [
    ["claude-haiku-4*", "1.00", "0.10", "5.00"],
    ["claude-sonnet-4*", "3.00", "0.30", "15.00"],
    ["claude-opus-4*", "5.00", "0.50", "25.00"],
  ]),
  ...tokens("mistral", [["mistral-small*", "0.10", "0.10", "0.30"]]),
  ...each({ provider: "twilio", unit: "carrier-seconds", per: 60 }, [
    ["inbound", "0.0085"],
    ["outbound", "0.0140"],
  ]),
  ...each({ provider: "twilio", unit: "sms", per: 1 }, [["*", "0.0083"]]),
];

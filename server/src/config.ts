/**
 * The only reader of the environment. Everything is optional; a fault names the setting and the mend, and all faults
 * are told at once.
 */
import { isIP } from "node:net";
import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import { z } from "zod";

export const roles = ["all", "api", "media", "worker"] as const;
export type Role = (typeof roles)[number];

/** Vendors whose key and address come from `<VENDOR>_API_KEY` and `<VENDOR>_BASE_URL`. */
export const vendorIds = [
  "deepgram",
  "elevenlabs",
  "openai",
  "anthropic",
  "mistral",
  "munsit",
  "google",
  "microsoft",
  "tavily",
  "brave",
  "hubspot",
  "salesforce",
] as const;
export type VendorId = (typeof vendorIds)[number];

export interface VendorSettings {
  readonly apiKey?: string;
  /** No trailing slash. */
  readonly baseUrl?: string;
  readonly model?: string;
  readonly voiceId?: string;
  /** Of the application that asks people for their consent; `tenant`: Microsoft's directory. */
  readonly clientId?: string;
  readonly clientSecret?: string;
  readonly tenant?: string;
  /** Of vectors for documents. */
  readonly embeddingModel?: string;
}

export interface Config {
  readonly role: Role;
  readonly host: string;
  readonly port: number;
  /** Origin as the outside sees it, no trailing slash. */
  readonly publicUrl?: string;
  readonly dataDir: string;
  /** True when we run the database ourselves. */
  readonly embedded: boolean;
  readonly databaseUrl?: string;
  readonly redisUrl?: string;
  /** Requests a minute. */
  readonly rateLimits: Readonly<Record<"address" | "strict" | "account" | "api-key" | "organization", number>>;
  /** Who may say in X-Forwarded-For where a request came from: the number of proxies in front, or their addresses. Absent: nobody. */
  readonly trustedProxies?: number | readonly string[];
  readonly s3?: { readonly bucket: string; readonly endpoint?: string; readonly region?: string };
  readonly mediaProcesses: number;
  readonly maxCallsPerProcess: number;
  readonly shutdownGraceMs: number;
  readonly dashboard: boolean;
  readonly preemptiveGeneration: boolean;
  /** The key that opens the root key, and keys that may open it as well. */
  readonly keys: { readonly masterKey?: string; readonly formerMasterKeys?: string };
  readonly logLevel: string;
  readonly otlpEndpoint?: string;
  /** Webhooks may lead into private networks. */
  readonly webhookAllowPrivate: boolean;
  /** Command lines that an organisation may run as an MCP server, exactly as they stand here. */
  readonly mcpStdioCommands: readonly string[];
  readonly mail: { readonly smtpUrl?: string; readonly from?: string };
  /** Single sign-on. */
  readonly oidc?: { readonly issuer: string; readonly clientId: string; readonly clientSecret: string };
  readonly twilio: { readonly accountSid?: string; readonly authToken?: string; readonly baseUrl?: string };
  readonly vendors: Readonly<Partial<Record<VendorId, VendorSettings>>>;
  /** Of the vectors of OPENAI_EMBEDDING_MODEL. */
  readonly embeddingDimensions?: number;
}

/** Thrown with one line for each fault. */
export class ConfigError extends Error {
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(faults.join("\n"));
    this.name = "ConfigError";
    this.faults = faults;
  }
}

const wholeNumber = (low: number, high: number, mend: string) =>
  z
    .string()
    .regex(/^\d+$/, mend)
    .transform(Number)
    .refine((value) => value >= low && value <= high, mend);

const hasScheme = (value: string, schemes: readonly string[]) => {
  if (!URL.canParse(value)) return false;
  return schemes.includes(new URL(value).protocol.replace(":", ""));
};

const address = (schemes: readonly string[], example: string) =>
  z
    .string()
    .refine((value) => hasScheme(value, schemes), `must be an address such as ${example}`)
    .transform((value) => value.replace(/\/+$/, ""));

/** Requests a minute. */
const perMinute = (generous: number) =>
  wholeNumber(1, 100_000_000, "must be requests a minute, from 1 to 100000000").default(generous);

const proxiesMend = "must be the number of proxies in front, or their addresses, such as 10.0.0.0/8, 192.168.1.7";

function isNetwork(text: string): boolean {
  const [host = "", bits, ...more] = text.split("/");
  const family = isIP(host);
  if (family === 0 || more.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}

const proxies = z
  .string()
  .transform((value) => value.split(",").map((part) => part.trim()))
  .refine((parts) => parts.every(isNetwork) || (parts.length === 1 && /^[1-9]$/.test(parts[0] ?? "")), proxiesMend)
  .transform((parts) => (/^[1-9]$/.test(parts[0] ?? "") ? Number(parts[0]) : parts));

const webAddress = (example: string) => address(["http", "https"], example);
const text = z.string().trim().min(1);

const settings = z.object({
  ROLE: z.enum(roles, { error: `must be one of ${roles.join(", ")}` }).default("all"),
  PORT: wholeNumber(0, 65_535, "must be a port number from 0 to 65535").default(3000),
  HOST: text.optional(),
  PUBLIC_URL: webAddress("https://calls.example.com")
    .refine(
      (value) => new URL(value).pathname === "/",
      "must be an origin without a path, such as https://calls.example.com",
    )
    .optional(),
  DATA_DIR: text.default("./data"),
  DATABASE_URL: address(["postgres", "postgresql"], "postgres://user:password@host:5432/parley").optional(),
  REDIS_URL: address(["redis", "rediss"], "redis://host:6379").optional(),
  RATE_LIMIT_ADDRESS: perMinute(30_000),
  RATE_LIMIT_STRICT: perMinute(60),
  RATE_LIMIT_ACCOUNT: perMinute(20_000),
  RATE_LIMIT_API_KEY: perMinute(20_000),
  RATE_LIMIT_ORGANIZATION: perMinute(30_000),
  TRUSTED_PROXIES: proxies.optional(),
  S3_BUCKET: text.optional(),
  S3_ENDPOINT: webAddress("http://localhost:9000").optional(),
  S3_REGION: text.optional(),
  MEDIA_PROCESSES: wholeNumber(1, 256, "must be a whole number from 1 to 256").optional(),
  MAX_CALLS_PER_PROCESS: wholeNumber(1, 10_000, "must be a whole number from 1 to 10000").default(200),
  SHUTDOWN_GRACE_MS: wholeNumber(0, 86_400_000, "must be milliseconds, from 0 to 86400000").default(30_000),
  DASHBOARD: z.enum(["on", "off"], { error: "must be on or off" }).default("on"),
  PREEMPTIVE_GENERATION: z.enum(["on", "off"], { error: "must be on or off" }).default("on"),
  MASTER_KEY: text.optional(),
  MASTER_KEY_PREVIOUS: text.optional(),
  LOG_LEVEL: z
    .enum(["trace", "debug", "info", "warn", "error", "fatal", "silent"], {
      error: "must be one of trace, debug, info, warn, error, fatal, silent",
    })
    .default("info"),
  OTEL_EXPORTER_OTLP_ENDPOINT: webAddress("http://localhost:4318").optional(),
  WEBHOOK_ALLOW_PRIVATE: z.enum(["on", "off"], { error: "must be on or off" }).default("off"),
  MCP_STDIO_COMMANDS: z
    .string()
    .transform((value) => value.split(/[;\n]/).map((line) => line.trim()))
    .transform((lines) => lines.filter((line) => line !== ""))
    .default([]),
  SMTP_URL: address(["smtp", "smtps"], "smtp://user:password@mail.example.com:587").optional(),
  MAIL_FROM: text.optional(),
  OIDC_ISSUER: webAddress("https://login.example.com")
    .refine(
      (value) => /^https:|^http:\/\/(localhost|127\.0\.0\.1|\[::1\])(:|\/|$)/.test(value),
      "must be an https address; http is taken on this machine alone",
    )
    .optional(),
  OIDC_CLIENT_ID: text.optional(),
  OIDC_CLIENT_SECRET: text.optional(),
  TWILIO_ACCOUNT_SID: z
    .string()
    .regex(/^AC[0-9a-fA-F]{32}$/, "must be AC followed by 32 hexadecimal digits")
    .optional(),
  TWILIO_AUTH_TOKEN: text.optional(),
  TWILIO_BASE_URL: webAddress("https://api.twilio.com").optional(),
  OPENAI_EMBEDDING_DIMENSIONS: wholeNumber(16, 4096, "must be a whole number from 16 to 4096").optional(),
});

type Environment = Readonly<Record<string, string | undefined>>;

/** Leaves out what is undefined, so that an absent setting is an absent property. */
function present<T extends object>(object: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as never;
}

function readVendor(id: VendorId, env: Environment, faults: string[]): VendorSettings {
  const name = id.toUpperCase();
  const baseUrl = env[`${name}_BASE_URL`];
  const parsed = baseUrl === undefined ? undefined : webAddress("https://api.example.com").safeParse(baseUrl);
  if (parsed && !parsed.success) faults.push(`${name}_BASE_URL must be an address such as https://api.example.com.`);
  return present({
    apiKey: env[`${name}_API_KEY`],
    baseUrl: parsed?.data,
    model: env[`${name}_MODEL`],
    voiceId: env[`${name}_VOICE_ID`],
    clientId: env[`${name}_CLIENT_ID`],
    clientSecret: env[`${name}_CLIENT_SECRET`],
    tenant: env[`${name}_TENANT`],
    embeddingModel: env[`${name}_EMBEDDING_MODEL`],
  }) as VendorSettings;
}

/** An empty value counts as not set: `.env` files and compose write them so. */
function withoutEmpty(env: Environment): Environment {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value.trim() !== ""));
}

/** Reads and checks every setting. Throws ConfigError with all faults. */
export function readConfig(environment: Environment = process.env, roleArgument?: string): Config {
  const env: Environment = {
    ...withoutEmpty(environment),
    ...(roleArgument === undefined ? {} : { ROLE: roleArgument }),
  };
  const faults: string[] = [];
  const vendors: Partial<Record<VendorId, VendorSettings>> = {};
  for (const id of vendorIds) {
    const vendor = readVendor(id, env, faults);
    if (Object.keys(vendor).length > 0) vendors[id] = vendor;
  }
  const parsed = settings.safeParse(env);
  if (!parsed.success) {
    faults.unshift(...parsed.error.issues.map((issue) => `${issue.path.join(".")} ${issue.message}.`));
  }
  if (env.DATABASE_URL && !env.MASTER_KEY) {
    faults.push(
      "MASTER_KEY is required when DATABASE_URL is set: make one with `openssl rand -base64 32` and keep it.",
    );
  }
  const oidcNames = ["OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET"];
  if (oidcNames.some((name) => env[name]) && !oidcNames.every((name) => env[name])) {
    faults.push("OIDC_ISSUER, OIDC_CLIENT_ID and OIDC_CLIENT_SECRET belong together: set all three or none.");
  }
  if (!parsed.success || faults.length > 0) throw new ConfigError(faults);
  return toConfig(parsed.data, vendors);
}

function toConfig(env: z.infer<typeof settings>, vendors: Config["vendors"]): Config {
  const embedded = env.DATABASE_URL === undefined;
  const s3 = env.S3_BUCKET && {
    bucket: env.S3_BUCKET,
    ...present({ endpoint: env.S3_ENDPOINT, region: env.S3_REGION }),
  };
  return {
    role: env.ROLE,
    host: env.HOST ?? (embedded ? "127.0.0.1" : "0.0.0.0"),
    port: env.PORT,
    dataDir: resolve(env.DATA_DIR),
    embedded,
    mediaProcesses: env.MEDIA_PROCESSES ?? Math.max(1, availableParallelism() - 1),
    maxCallsPerProcess: env.MAX_CALLS_PER_PROCESS,
    shutdownGraceMs: env.SHUTDOWN_GRACE_MS,
    rateLimits: {
      address: env.RATE_LIMIT_ADDRESS,
      strict: env.RATE_LIMIT_STRICT,
      account: env.RATE_LIMIT_ACCOUNT,
      "api-key": env.RATE_LIMIT_API_KEY,
      organization: env.RATE_LIMIT_ORGANIZATION,
    },
    dashboard: env.DASHBOARD === "on",
    webhookAllowPrivate: env.WEBHOOK_ALLOW_PRIVATE === "on",
    mcpStdioCommands: env.MCP_STDIO_COMMANDS,
    preemptiveGeneration: env.PREEMPTIVE_GENERATION === "on",
    logLevel: env.LOG_LEVEL,
    vendors,
    keys: present({ masterKey: env.MASTER_KEY, formerMasterKeys: env.MASTER_KEY_PREVIOUS }) as Config["keys"],
    mail: present({ smtpUrl: env.SMTP_URL, from: env.MAIL_FROM }) as Config["mail"],
    ...(env.OIDC_ISSUER && env.OIDC_CLIENT_ID && env.OIDC_CLIENT_SECRET
      ? { oidc: { issuer: env.OIDC_ISSUER, clientId: env.OIDC_CLIENT_ID, clientSecret: env.OIDC_CLIENT_SECRET } }
      : {}),
    twilio: present({
      accountSid: env.TWILIO_ACCOUNT_SID,
      authToken: env.TWILIO_AUTH_TOKEN,
      baseUrl: env.TWILIO_BASE_URL,
    }) as Config["twilio"],
    ...(s3 ? { s3: s3 as NonNullable<Config["s3"]> } : {}),
    ...(present({
      publicUrl: env.PUBLIC_URL,
      embeddingDimensions: env.OPENAI_EMBEDDING_DIMENSIONS,
      databaseUrl: env.DATABASE_URL,
      redisUrl: env.REDIS_URL,
      trustedProxies: env.TRUSTED_PROXIES,
      otlpEndpoint: env.OTEL_EXPORTER_OTLP_ENDPOINT,
    }) as Pick<Config, never>),
  };
}

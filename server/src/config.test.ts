import { describe, expect, test } from "vitest";
import { ConfigError, readConfig } from "./config.ts";

const faultsOf = (env: Record<string, string>) => {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  return [];
};

describe("readConfig", () => {
  test("an empty environment is the embedded shape on loopback", () => {
    const config = readConfig({});
    expect(config).toMatchObject({ role: "all", host: "127.0.0.1", port: 3000, embedded: true, dashboard: true });
    expect(config.mediaProcesses).toBeGreaterThanOrEqual(1);
    expect(config).not.toHaveProperty("publicUrl");
  });

  test("an empty value counts as not set", () => {
    expect(readConfig({ PORT: "", PUBLIC_URL: " ", OPENAI_API_KEY: "" })).toMatchObject({ port: 3000, vendors: {} });
  });

  test("with a database of its own it listens for all and asks for the master key", () => {
    expect(faultsOf({ DATABASE_URL: "postgres://localhost/parley" })).toEqual([expect.stringContaining("MASTER_KEY")]);
    const config = readConfig({ DATABASE_URL: "postgres://localhost/parley", MASTER_KEY: "k" });
    expect(config).toMatchObject({ host: "0.0.0.0", embedded: false });
  });

  test("every fault is told at once, naming setting and mend", () => {
    const faults = faultsOf({
      PORT: "eighty",
      ROLE: "boss",
      PUBLIC_URL: "calls.example.com",
      MEDIA_PROCESSES: "0",
      DEEPGRAM_BASE_URL: "nowhere",
      TWILIO_ACCOUNT_SID: "AC1",
    });
    expect(faults.join("\n")).toMatch(/PORT must be a port number/);
    expect(faults.join("\n")).toMatch(/ROLE must be one of all, api, media, worker/);
    expect(faults.join("\n")).toMatch(/PUBLIC_URL must be an address such as https/);
    expect(faults.join("\n")).toMatch(/MEDIA_PROCESSES must be a whole number from 1/);
    expect(faults.join("\n")).toMatch(/DEEPGRAM_BASE_URL must be an address/);
    expect(faults.join("\n")).toMatch(/TWILIO_ACCOUNT_SID must be AC/);
    expect(faults).toHaveLength(6);
  });

  test("no fault repeats the value, which may be a secret", () => {
    expect(faultsOf({ DATABASE_URL: "mysql://me:hunter2@h/db", MASTER_KEY: "k" }).join()).not.toContain("hunter2");
  });

  test("vendors are read by one pattern, trailing slashes dropped", () => {
    const config = readConfig({
      OPENAI_API_KEY: "sk",
      OPENAI_BASE_URL: "http://127.0.0.1:9/v1/",
      ELEVENLABS_VOICE_ID: "v",
    });
    expect(config.vendors).toEqual({
      openai: { apiKey: "sk", baseUrl: "http://127.0.0.1:9/v1" },
      elevenlabs: { voiceId: "v" },
    });
  });

  test("the argument of the command line wins over ROLE", () => {
    expect(readConfig({ ROLE: "api" }, "media").role).toBe("media");
  });
});

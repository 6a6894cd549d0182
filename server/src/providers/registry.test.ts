import { expect, test } from "vitest";
import type { Provider } from "./provider.ts";
import { isProviderId, providers } from "./registry.ts";

test("every provider is listed under its own id, with an origin without a trailing slash and something to offer", () => {
  for (const [id, provider] of Object.entries<Pick<Provider, "id" | "defaultBaseUrl">>(providers)) {
    expect(provider.id).toBe(id);
    expect(provider.defaultBaseUrl).not.toMatch(/\/$/);
    expect("stt" in provider || "llm" in provider || "tts" in provider, id).toBe(true);
  }
});

test("an id from outside is known or not, whatever objects inherit", () => {
  expect(isProviderId("openai")).toBe(true);
  expect(isProviderId("toString")).toBe(false);
});

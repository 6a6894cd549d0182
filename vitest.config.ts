import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["{contract,server,sandbox,scripts,bench,dashboard,e2e}/**/*.test.ts"],
    exclude: ["**/node_modules/**", "**/.next/**"],
    pool: "forks",
    maxWorkers: 2,
    // Whole calls take as long as they take: they wait beside each other.
    maxConcurrency: 20,
    testTimeout: 20_000,
    hookTimeout: 60_000,
  },
});

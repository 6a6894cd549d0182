import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["{contract,server,sandbox,scripts,bench,dashboard}/**/*.test.ts"],
    exclude: ["**/node_modules/**", "**/.next/**"],
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 20_000,
    hookTimeout: 60_000,
  },
});

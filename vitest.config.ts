import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    pool: "forks",
    // Whole calls take as long as they take: they wait beside each other.
    maxConcurrency: 20,
    testTimeout: 20_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: {
          name: "rooms",
          include: ["{contract,server,sandbox,scripts,bench,dashboard}/**/*.test.ts"],
          exclude: ["**/node_modules/**", "**/.next/**"],
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: "e2e",
          include: ["e2e/**/*.test.ts"],
          // Real calls in real time share two cores with a browser's build and other platforms: a hole in the sound may be the
          // machine's. What is broken fails twice.
          retry: 1,
          // They wait for callers to speak: a third of a core each.
          maxWorkers: 4,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});

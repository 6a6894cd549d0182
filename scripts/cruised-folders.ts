/** What the fence between the rooms looks at. */
export const cruisedFolders = ["contract", "server", "sandbox", "dashboard", "bench", "e2e"] as const;

import { join } from "node:path";
import type { NextConfig } from "next";

const config: NextConfig = {
  // Types are checked by `npm run check`, once, for the whole repository.
  typescript: { ignoreBuildErrors: true },
  transpilePackages: ["@parley/contract"],
  turbopack: { root: join(import.meta.dirname, "..") },
  poweredByHeader: false,
  devIndicators: false,
  reactStrictMode: true,
};

export default config;

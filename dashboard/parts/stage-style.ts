import type { Stage } from "../call/waterfall.ts";

/** Whole class names: Tailwind finds them by reading. */
export const stageFill: Record<Stage, string> = {
  endpointing: "bg-endpointing",
  "first-token": "bg-first-token",
  tool: "bg-tool",
  "first-sentence": "bg-first-sentence",
  voice: "bg-voice",
  platform: "bg-platform",
};

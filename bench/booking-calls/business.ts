/** The two businesses that are called, and when. */
import { brightSmileArabic, brightSmileEnglish, type DemoBusiness } from "@parley/contract/demo-business";

export type BenchLanguage = "en" | "ar";

/** Friday 20 November 2026, 09:00 UTC: when the simulated clock starts. */
export const startMs = Date.UTC(2026, 10, 20, 9);

export const demoOf = (language: BenchLanguage): DemoBusiness =>
  language === "ar" ? brightSmileArabic : brightSmileEnglish;

/** The callers' languages. */
import { arabicCallers } from "./arabic-callers.ts";
import type { BenchLanguage } from "./business.ts";
import { englishCallers } from "./english-callers.ts";
import type { Tongue } from "./tongue.ts";

export const tongueOf = (language: BenchLanguage): Tongue => (language === "ar" ? arabicCallers : englishCallers);

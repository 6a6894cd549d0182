/** The sentences of a language. */
import type { SpokenLanguage } from "../language/normalize.ts";
import { arabic } from "./ar.ts";
import { english } from "./en.ts";
import type { Wording } from "./wording.ts";

export function wordingOf(language: SpokenLanguage): Wording {
  return language === "ar" ? arabic : english;
}

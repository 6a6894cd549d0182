/** How we name ourselves; robots.txt is asked for the name before the slash. */
export const userAgent = "ParleyBot/1.0 (reads pages that a business answers its callers from)";

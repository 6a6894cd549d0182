export type { Sound } from "./decode-sound.ts";
export { mountUtteranceRoutes } from "./utterances.route.ts";
export { createUtterances, type Utterances } from "./utterances.ts";
export type { Conversations, ForWhom, HeardSound, SpokenSound, Voices } from "./utterances-parts.ts";

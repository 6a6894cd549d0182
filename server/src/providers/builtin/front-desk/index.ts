export { createFrontDesk, type FrontDeskOptions } from "./front-desk.ts";
export type { Expecting, Intent, PartOfDay, Slots, UnderstandContext, Understanding } from "./understand/types.ts";
export { understand } from "./understand/understand.ts";

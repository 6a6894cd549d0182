export { createFrontDesk } from "./front-desk.ts";

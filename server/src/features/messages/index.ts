export { mountMessageRoutes } from "./messages.route.ts";
export { createMessages, type MessageContent, type Messages } from "./messages.store.ts";

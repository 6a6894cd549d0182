import { analyseCall, getCallAnalysis } from "@parley/contract/analysis";
import { AppError } from "../../kernel/app-error.ts";
import type { RouteMount } from "../../platform/http/route-mount.ts";
import type { Analyses } from "./analyses.ts";

export function mountAnalysisRoutes(mount: RouteMount, { analyses }: { analyses: Analyses }): void {
  mount(getCallAnalysis, async ({ orgId, params }) => {
    const found = await analyses.find({ orgId, callId: params.id });
    if (found === undefined) throw new AppError("not_found", { publicMessage: "There is no such call." });
    return found;
  });
  mount(analyseCall, async ({ orgId, actor, params }) => analyses.again({ orgId, actor, callId: params.id }));
}

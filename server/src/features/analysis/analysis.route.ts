import { analyseCall, getCallAnalysis } from "@parley/contract/analysis";
import { AppError } from "../../kernel/app-error.ts";
import type { RouteMount } from "../../platform/http/route-mount.ts";
import type { CallArchive } from "../calls/index.ts";
import type { Analyses } from "./analyses.ts";

interface AnalysisRoutes {
  readonly analyses: Analyses;
  readonly callArchive: Pick<CallArchive, "noteReading">;
}

export function mountAnalysisRoutes(mount: RouteMount, { analyses, callArchive }: AnalysisRoutes): void {
  mount(getCallAnalysis, async ({ orgId, actor, params }) => {
    const found = await analyses.find({ orgId, callId: params.id });
    if (found === undefined) throw new AppError("not_found", { publicMessage: "There is no such call." });
    await callArchive.noteReading({ orgId, callId: params.id }, actor);
    return found;
  });
  mount(analyseCall, async ({ orgId, actor, params }) => analyses.again({ orgId, actor, callId: params.id }));
}

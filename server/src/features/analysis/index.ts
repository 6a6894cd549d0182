export { type Analyses, createAnalyses } from "./analyses.ts";
export { mountAnalysisRoutes } from "./analysis.route.ts";
export { analyseCallJob, requestAnalysis } from "./request-analysis.ts";
export {
  type CallerMemory,
  createRunAnalysis,
  type NoteUsage,
  type ReadingSettings,
} from "./run-analysis.ts";

export { type Analyses, createAnalyses } from "./analyses.ts";
export { mountAnalysisRoutes } from "./analysis.route.ts";
export { analyseCallJob, requestAnalysis } from "./request-analysis.ts";
export {
  type CallerMemory,
  createRunAnalysis,
  type NoteUsage,
  type ReadingSettings,
  type RunAnalysis,
} from "./run-analysis.ts";

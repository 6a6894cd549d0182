/** Calls as they are read and erased, and what is done with them when they are over. */
import type { Analyses } from "../features/analysis/index.ts";
import type { AuditLog } from "../features/audit/index.ts";
import {
  type CallArchive,
  type CallDigests,
  createCallArchive,
  createCallDigests,
  type EraseWithCall,
} from "../features/calls/index.ts";
import { forgetTracesOfCall } from "../features/privacy/index.ts";
import type { Recordings } from "../features/recordings/index.ts";
import type { Usage } from "../features/usage/index.ts";
import { clock, type Stores } from "./stores.ts";

export interface CallFeatures {
  readonly callArchive: CallArchive;
  readonly callDigests: CallDigests;
}

/** What other features hold of a call, in the transaction that erases it. */
export const eraseWithCall =
  (recordings: Pick<Recordings, "erase">): EraseWithCall =>
  async (tx, call) => {
    await forgetTracesOfCall(tx, call);
    return await recordings.erase(tx, call);
  };

export function openCallArchive(
  { db, organizations }: Pick<Stores, "db" | "organizations">,
  {
    audit,
    recordings,
    usage,
    analyses,
  }: {
    audit: AuditLog;
    recordings: Pick<Recordings, "summaryOf" | "erase">;
    usage: Pick<Usage, "ofCall">;
    analyses: Pick<Analyses, "find">;
  },
): CallFeatures {
  const parts = { db, organizations, clock };
  return {
    callArchive: createCallArchive({
      ...{ ...parts, audit },
      recordingOf: (of) => recordings.summaryOf(of),
      usageOf: ({ orgId, callId }) => db.withOrg(orgId, (tx) => usage.ofCall(tx, callId)),
      async analysisOf(of) {
        const found = await analyses.find(of);
        return found === undefined || found.state === "none" ? null : found;
      },
      eraseWith: eraseWithCall(recordings),
    }),
    callDigests: createCallDigests(parts),
  };
}

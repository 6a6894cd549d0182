/** A call that came in, was answered, and whose stream never opened: on record, as calls the platform places are. */
import type { Clock } from "../../kernel/clock.ts";
import type { CallStore } from "../calls/index.ts";

export interface UnheardCall {
  readonly orgId: string;
  readonly callId: string;
  readonly externalId: string | undefined;
  readonly agentId: string;
  readonly agentName: string;
  readonly agentVersion: number | "draft" | undefined;
  /** BCP-47. */
  readonly language: string;
  /** As the carrier tells them. */
  readonly from?: string;
  readonly to?: string;
}

export interface InboundCalls {
  /** Safe to call twice: the carrier reports in more than one way that nothing came of it. */
  enterUnheard(call: UnheardCall): Promise<void>;
}

export interface InboundParts {
  readonly clock: Clock;
  readonly calls: Pick<CallStore, "createCall" | "finishCall">;
  /** Of this process: the calls are entered under it. */
  readonly processId: string;
}

export function createInboundCalls({ clock, calls, processId }: InboundParts): InboundCalls {
  return {
    async enterUnheard({ externalId, agentVersion, ...call }) {
      const { orgId, callId } = call;
      const atMs = clock.wallNow();
      await calls.createCall({
        ...{ ...call, processId, channel: "phone", direction: "inbound", startedAtMs: atMs },
        ...(agentVersion === undefined ? {} : { agentVersion }),
        ...(externalId === undefined ? {} : { externalId }),
      });
      const end = { status: "failed", hangUpReason: "stream-failed", durationMs: 0, endedAtMs: atMs } as const;
      await calls.finishCall({ orgId, callId, ...end });
    },
  };
}

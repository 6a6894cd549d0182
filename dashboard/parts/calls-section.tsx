"use client";
import type { Call } from "@parley/contract/calls";
import { PhoneCall, RotateCw } from "lucide-react";
import { useState } from "react";
import { useCalls } from "../data/queries.ts";
import { CallDrawer } from "./call-drawer.tsx";
import { CallsTable } from "./calls-table.tsx";

export function CallsSection() {
  const { data, error, errorUpdateCount, refetch } = useCalls();
  const [opened, setOpened] = useState<string>();
  const calls = data?.items ?? [];
  const shown = calls.find((call) => call.id === opened);
  return (
    <section aria-labelledby="calls-heading" className="mt-10">
      <div className="mb-3 flex items-baseline justify-between px-1">
        <h2 id="calls-heading" className="text-[1.0625rem] font-semibold tracking-[-0.015em]">
          Calls
        </h2>
        {calls.length > 0 && (
          <p className="figures text-[0.8125rem] text-ink-3">{describeCount(calls, data?.nextCursor)}</p>
        )}
      </div>
      <div className="overflow-hidden rounded-2xl border border-line bg-surface">
        {calls.length > 0 ? (
          <CallsTable calls={calls} onOpen={setOpened} />
        ) : data ? (
          <NoCalls />
        ) : errorUpdateCount > 0 ? (
          <LoadError message={error?.message ?? "Trying again …"} onRetry={() => void refetch()} />
        ) : (
          <Loading />
        )}
      </div>
      {shown && <CallDrawer call={shown} onClose={() => setOpened(undefined)} />}
    </section>
  );
}

function describeCount(calls: readonly Call[], nextCursor: string | null | undefined): string {
  if (nextCursor) return `Latest ${calls.length}`;
  return calls.length === 1 ? "1 call" : `${calls.length} calls`;
}

function Loading() {
  return (
    <div role="status" aria-label="Loading calls" className="divide-y divide-line">
      {["w-3/5", "w-2/5", "w-1/2"].map((width) => (
        <div key={width} className="px-5 py-4">
          <div className={`h-3.5 animate-pulse rounded bg-hover ${width}`} />
        </div>
      ))}
    </div>
  );
}

function NoCalls() {
  return (
    <div className="flex flex-col items-center px-6 py-12 text-center">
      <PhoneCall aria-hidden="true" className="size-6 text-ink-3" strokeWidth={1.5} />
      <p className="mt-3 font-medium">No calls yet</p>
      <p className="mt-1 max-w-sm text-pretty text-ink-2">
        Call your agent above. Each call stays here with its transcript and the time every answer took.
      </p>
    </div>
  );
}

function LoadError({ message, onRetry }: { message: string; onRetry: () => void }) {
  return (
    <div role="alert" className="flex flex-col items-center px-6 py-12 text-center">
      <p className="font-medium">The calls could not be loaded</p>
      <p className="mt-1 max-w-md text-pretty text-ink-2">{message}</p>
      <button
        type="button"
        onClick={onRetry}
        className="mt-4 flex h-9 items-center gap-2 rounded-lg border border-line px-3.5 font-medium hover:border-line-strong hover:bg-hover"
      >
        <RotateCw aria-hidden="true" className="size-4" /> Try again
      </button>
    </div>
  );
}

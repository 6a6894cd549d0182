"use client";
import type { Call } from "@parley/contract/calls";
import { X } from "lucide-react";
import { useEffect, useMemo, useRef } from "react";
import { applyEvent, emptyView } from "../call/transcript-model.ts";
import { collectWaits } from "../call/waterfall.ts";
import { useCallEvents } from "../data/queries.ts";
import { Ending } from "./calls-table.tsx";
import { formatDuration, formatLanguage } from "./format.ts";
import { Transcript } from "./transcript.tsx";
import { WaitSummary } from "./wait-summary.tsx";

/** One call of the past (or of now) at the side. The browser's own dialog keeps focus and Escape right. */
export function CallDrawer({ call, onClose }: { call: Call; onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  const close = () => dialog.current?.close();
  return (
    <dialog
      ref={dialog}
      aria-labelledby="drawer-heading"
      onClose={onClose}
      onClick={(event) => {
        if (event.target === event.currentTarget) close();
      }}
      className="m-0 ml-auto h-dvh max-h-none w-full max-w-[600px] animate-slide border-l border-line bg-surface text-ink shadow-card backdrop:bg-black/30 backdrop:backdrop-blur-[2px] open:flex open:flex-col"
    >
      <header className="flex shrink-0 items-start gap-4 border-b border-line px-4 py-4 sm:px-6">
        <div className="min-w-0">
          <h2 id="drawer-heading" dir="auto" className="truncate text-[1.0625rem] font-semibold tracking-[-0.015em]">
            {call.agentName}
          </h2>
          <p className="figures mt-0.5 flex flex-wrap gap-x-2 text-[0.8125rem] text-ink-2">
            <span>{new Date(call.startedAt).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" })}</span>
            <span aria-hidden="true">·</span>
            <span>{formatLanguage(call.language)}</span>
            {call.durationMs !== null && (
              <>
                <span aria-hidden="true">·</span>
                <span>{formatDuration(call.durationMs)}</span>
              </>
            )}
            <span aria-hidden="true">·</span>
            <Ending call={call} />
          </p>
          {call.from !== null && <p className="figures mt-0.5 text-[0.8125rem] text-ink-2">From {call.from}</p>}
        </div>
        <button
          type="button"
          onClick={close}
          aria-label="Close"
          className="ml-auto grid size-8 shrink-0 place-items-center rounded-lg text-ink-2 hover:bg-hover hover:text-ink"
        >
          <X aria-hidden="true" className="size-4" />
        </button>
      </header>
      <DrawerBody call={call} />
    </dialog>
  );
}

function DrawerBody({ call }: { call: Call }) {
  const { data, error, isPending } = useCallEvents(call.id, call.status === "live");
  const view = useMemo(() => (data ?? []).reduce(applyEvent, emptyView), [data]);
  if (isPending)
    return (
      <p role="status" className="p-6 text-ink-3">
        Loading …
      </p>
    );
  if (error)
    return (
      <p role="alert" className="p-6 text-danger">
        {error.message}
      </p>
    );
  if (view.entries.length === 0) {
    return <p className="p-6 text-ink-2">Nothing was said in this call.</p>;
  }
  return (
    <>
      <div className="flex h-11 shrink-0 items-center justify-end border-b border-line px-4 sm:px-6">
        <WaitSummary waits={collectWaits(view)} />
      </div>
      <Transcript view={view} live={call.status === "live"} narrow />
    </>
  );
}

"use client";
import type { RefObject } from "react";
import { useCall } from "../call/call-context.tsx";
import { collectWaits } from "../call/waterfall.ts";
import { Composer } from "./composer.tsx";
import { EmptyConversation } from "./empty-conversation.tsx";
import type { CallLanguage } from "./language-switch.tsx";
import { Legend } from "./legend.tsx";
import { Transcript } from "./transcript.tsx";
import { WaitSummary } from "./wait-summary.tsx";

interface Props {
  readonly language: CallLanguage;
  readonly lineRef: RefObject<HTMLInputElement | null>;
}

export function Conversation({ language, lineRef }: Props) {
  const { call, state } = useCall();
  const { view, hint, phase } = state;
  const say = (text: string) => {
    call.say(text, language);
    lineRef.current?.focus();
  };
  const empty = view.entries.length === 0;
  return (
    <section aria-label="Conversation" className="flex min-h-[460px] min-w-0 flex-col lg:min-h-0">
      <header className="flex h-13 shrink-0 items-center justify-between gap-4 border-b border-line px-4 sm:px-6">
        <h2 className="font-semibold tracking-[-0.01em]">{phase === "ended" && !empty ? "Last call" : "Transcript"}</h2>
        {empty ? null : (
          <div className="flex items-center gap-5">
            <Legend />
            <WaitSummary waits={collectWaits(view)} />
          </div>
        )}
      </header>
      {empty && phase !== "connecting" && phase !== "live" ? (
        <EmptyConversation language={language} onSay={say} />
      ) : (
        <Transcript view={view} live={phase === "live"} />
      )}
      {hint !== undefined && (
        <p role="status" className="mx-4 mb-2 rounded-lg bg-warn-soft px-3 py-2 text-[0.8125rem] text-fair sm:mx-6">
          {hint}
        </p>
      )}
      <Composer ref={lineRef} language={language} onSay={say} />
    </section>
  );
}

"use client";
import { useRef, useState } from "react";
import { CallPanel } from "./call-panel.tsx";
import { Conversation } from "./conversation.tsx";
import type { CallLanguage } from "./language-switch.tsx";

export function CallConsole() {
  const [language, setLanguage] = useState<CallLanguage>("en-US");
  const line = useRef<HTMLInputElement>(null);
  return (
    <div
      id="call"
      className="grid overflow-hidden rounded-2xl border border-line bg-surface shadow-card lg:h-[min(640px,calc(100dvh-8.5rem))] lg:min-h-[520px] lg:grid-cols-[324px_minmax(0,1fr)]"
    >
      <div className="border-b border-line bg-sunken lg:border-b-0 lg:border-r">
        <CallPanel language={language} onLanguage={setLanguage} onType={() => line.current?.focus()} />
      </div>
      <Conversation language={language} lineRef={line} />
    </div>
  );
}

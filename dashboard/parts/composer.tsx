"use client";
import { ArrowUp } from "lucide-react";
import { type FormEvent, type Ref, useState } from "react";
import type { CallLanguage } from "./language-switch.tsx";

interface Props {
  readonly ref: Ref<HTMLInputElement>;
  readonly language: CallLanguage;
  readonly onSay: (text: string) => void;
}

const placeholders: Record<CallLanguage, string> = {
  "en-US": "Type what the caller says",
  "ar-EG": "اكتب كلام المتصل",
};

export function Composer({ ref, language, onSay }: Props) {
  const [text, setText] = useState("");
  const send = (event: FormEvent) => {
    event.preventDefault();
    const line = text.trim();
    if (line === "") return;
    setText("");
    onSay(line);
  };
  return (
    <form onSubmit={send} className="shrink-0 px-4 pb-4 pt-1 sm:px-6 sm:pb-5">
      <div className="flex items-center gap-2 rounded-xl border border-line bg-sunken py-1.5 pl-4 pr-1.5 transition-colors focus-within:border-accent">
        <label htmlFor="caller-line" className="sr-only">
          Type as the caller
        </label>
        <input
          id="caller-line"
          ref={ref}
          dir={text === "" && language === "ar-EG" ? "rtl" : "auto"}
          autoComplete="off"
          maxLength={2000}
          value={text}
          placeholder={placeholders[language]}
          onChange={(event) => setText(event.target.value)}
          className="h-9 min-w-0 flex-1 bg-transparent text-base outline-none placeholder:text-ink-3 sm:text-sm"
        />
        <button
          type="submit"
          aria-label="Send"
          disabled={text.trim() === ""}
          className="grid size-9 shrink-0 place-items-center rounded-lg bg-accent text-accent-ink transition-[opacity,background-color] hover:bg-accent-strong disabled:bg-line disabled:text-ink-3"
        >
          <ArrowUp aria-hidden="true" className="size-4.5" />
        </button>
      </div>
    </form>
  );
}

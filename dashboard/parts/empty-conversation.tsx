import { ArrowUpRight } from "lucide-react";
import type { CallLanguage } from "./language-switch.tsx";
import { WaitPrimer } from "./wait-primer.tsx";

const openings: Record<CallLanguage, readonly string[]> = {
  "en-US": [
    "I'd like a cleaning tomorrow at ten",
    "How much is whitening?",
    "Are you open on Saturday?",
    "Can somebody call me back?",
  ],
  "ar-EG": ["عايز أحجز تنضيف بكرة الساعة ستة", "التبييض بكام؟", "فاتحين يوم الجمعة؟", "ممكن حد يكلمني؟"],
};

/** What one may say: each starts a typed conversation with that line. */
export function EmptyConversation({ language, onSay }: { language: CallLanguage; onSay: (text: string) => void }) {
  return (
    <div className="flex flex-1 items-center justify-between gap-12 px-4 py-8 sm:px-6 xl:pr-10">
      <div className="min-w-0">
        <p className="max-w-md text-pretty text-[1.0625rem] leading-relaxed tracking-[-0.012em] text-ink-2">
          <span className="font-medium text-ink">Every word appears here as it is heard,</span> with what the agent did
          and how long the caller waited for each answer.
        </p>
        <p className="mb-2 mt-7 text-xs font-medium text-ink-3">Or begin with a typed line</p>
        <ul className="flex flex-wrap gap-2">
          {openings[language].map((text) => (
            <li key={text}>
              <button
                type="button"
                dir="auto"
                onClick={() => onSay(text)}
                className="group flex items-center gap-1.5 rounded-full border border-line bg-surface px-3.5 py-1.5 text-ink-2 transition-colors hover:border-accent-line hover:bg-accent-soft hover:text-ink"
              >
                {text}
                <ArrowUpRight
                  aria-hidden="true"
                  className="size-3.5 text-ink-3 group-hover:text-accent rtl:-scale-x-100"
                />
              </button>
            </li>
          ))}
        </ul>
      </div>
      <WaitPrimer />
    </div>
  );
}

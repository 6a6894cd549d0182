import type { Stage } from "../call/waterfall.ts";
import { stageFill } from "./stage-style.ts";

/** Whole class names: Tailwind finds them by reading. */
const rows: readonly { stage: Stage; name: string; means: string; place: string }[] = [
  { stage: "endpointing", name: "Endpointing", means: "sure that the caller has finished", place: "ml-0 w-[34%]" },
  { stage: "first-token", name: "First token", means: "the model begins", place: "ml-[22%] w-[26%]" },
  { stage: "tool", name: "Tool", means: "calendar, prices, bookings", place: "ml-[48%] w-[10%]" },
  { stage: "first-sentence", name: "First sentence", means: "enough words to speak", place: "ml-[58%] w-[13%]" },
  { stage: "voice", name: "Voice first byte", means: "the voice begins", place: "ml-[71%] w-[20%]" },
  { stage: "platform", name: "Platform", means: "what Parley itself adds", place: "ml-[91%] w-[3%]" },
];

/** How a turn's waterfall is read. A picture of the order of things, without figures. */
export function WaitPrimer() {
  return (
    <figure className="hidden w-[300px] shrink-0 xl:block">
      <figcaption className="mb-4 text-xs font-medium text-ink-3">
        From the caller’s last sound to the agent’s first
      </figcaption>
      <dl className="space-y-3 border-l border-line">
        {rows.map(({ stage, name, means, place }) => (
          <div key={stage}>
            <div aria-hidden="true" className={`h-[5px] rounded-r-full rounded-l-[2px] ${stageFill[stage]} ${place}`} />
            <div className="mt-1 flex gap-2 pl-2.5 text-xs">
              <dt className="whitespace-nowrap font-medium text-ink-2">{name}</dt>
              <dd className="truncate text-ink-3">{means}</dd>
            </div>
          </div>
        ))}
      </dl>
    </figure>
  );
}

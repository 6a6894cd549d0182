import { type Stage, stageLabels } from "../call/waterfall.ts";
import { stageFill } from "./stage-style.ts";

const shown: readonly Stage[] = ["endpointing", "first-token", "tool", "first-sentence", "voice", "platform"];

export function Legend() {
  return (
    <ul aria-label="Colours of the waterfall" className="hidden items-center gap-3.5 text-xs text-ink-3 xl:flex">
      {shown.map((stage) => (
        <li key={stage} className="flex items-center gap-1.5">
          <span aria-hidden="true" className={`size-2 rounded-[3px] ${stageFill[stage]}`} />
          {stageLabels[stage]}
        </li>
      ))}
    </ul>
  );
}

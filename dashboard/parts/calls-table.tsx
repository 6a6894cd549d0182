import type { Call } from "@parley/contract/calls";
import { Globe, Keyboard, Phone } from "lucide-react";
import { formatDuration, formatLanguage, formatMs, formatReason, formatWhen, waitColor } from "./format.ts";

const channels = {
  phone: { icon: Phone, label: "Phone" },
  web: { icon: Globe, label: "Browser" },
  text: { icon: Keyboard, label: "Typed" },
} as const;

const head = "px-3 py-2.5 text-left text-xs font-medium text-ink-3 first:pl-5 last:pr-5";
const cell = "px-3 py-3 first:pl-5 last:pr-5";

export function CallsTable({ calls, onOpen }: { calls: readonly Call[]; onOpen: (id: string) => void }) {
  const now = new Date();
  return (
    <table className="w-full">
      <thead className="border-b border-line">
        <tr>
          <th scope="col" className={head}>
            When
          </th>
          <th scope="col" className={`${head} max-sm:sr-only`}>
            Channel
          </th>
          <th scope="col" className={`${head} max-md:hidden`}>
            Language
          </th>
          <th scope="col" className={`${head} text-right max-sm:hidden`}>
            Duration
          </th>
          <th scope="col" className={`${head} text-right max-md:hidden`}>
            Turns
          </th>
          <th scope="col" className={`${head} whitespace-nowrap text-right`}>
            First audio
          </th>
          <th scope="col" className={`${head} lg:w-64`}>
            Ended
          </th>
        </tr>
      </thead>
      <tbody className="divide-y divide-line">
        {calls.map((call) => (
          <CallRow key={call.id} call={call} now={now} onOpen={() => onOpen(call.id)} />
        ))}
      </tbody>
    </table>
  );
}

function CallRow({ call, now, onOpen }: { call: Call; now: Date; onOpen: () => void }) {
  const { icon: Icon, label } = channels[call.channel];
  const when = formatWhen(call.startedAt, now);
  return (
    <tr className="relative transition-colors hover:bg-hover">
      <td className={`${cell} whitespace-nowrap`}>
        <button
          type="button"
          onClick={onOpen}
          aria-label={`Call of ${when}, ${label}`}
          className="figures font-medium outline-none after:absolute after:inset-0 focus-visible:after:outline-2 focus-visible:after:-outline-offset-2 focus-visible:after:outline-accent"
        >
          {when}
        </button>
      </td>
      <td className={`${cell} text-ink-2 max-sm:px-1`}>
        <span className="flex items-center gap-2">
          <Icon aria-hidden="true" className="size-4 text-ink-3" strokeWidth={1.75} />
          <span className="max-sm:sr-only">{label}</span>
        </span>
      </td>
      <td className={`${cell} text-ink-2 max-md:hidden`}>{formatLanguage(call.language)}</td>
      <td className={`${cell} figures text-right text-ink-2 max-sm:hidden`}>
        {call.durationMs === null ? "" : formatDuration(call.durationMs)}
      </td>
      <td className={`${cell} figures text-right text-ink-2 max-md:hidden`}>{call.turns}</td>
      <td className={`${cell} figures whitespace-nowrap text-right`}>
        {call.firstAudioP50Ms === null ? (
          <span className="text-ink-3" aria-label="Not measured">
            –
          </span>
        ) : (
          <span className={`font-medium ${waitColor(call.firstAudioP50Ms)}`}>{formatMs(call.firstAudioP50Ms)}</span>
        )}
      </td>
      <td className={`${cell} text-ink-2`}>
        <Ending call={call} />
      </td>
    </tr>
  );
}

export function Ending({ call }: { call: Call }) {
  if (call.status === "live") {
    return (
      <span className="flex items-center gap-2 font-medium text-good">
        <span aria-hidden="true" className="size-2 animate-pulse rounded-full bg-good" /> Live
      </span>
    );
  }
  const bad = call.status === "failed" || call.status === "interrupted";
  const words = call.hangUpReason === null ? call.status : formatReason(call.hangUpReason);
  return <span className={bad ? "text-danger" : ""}>{words}</span>;
}

import { median } from "../call/waterfall.ts";
import { formatMs, waitColor } from "./format.ts";

const width = 72;
const height = 20;
const mostPoints = 24;

/** Median wait of the call, and how it went turn by turn. */
export function WaitSummary({ waits }: { waits: readonly number[] }) {
  const middle = median(waits);
  if (middle === undefined) return null;
  return (
    <p className="flex items-center gap-2.5 whitespace-nowrap text-xs text-ink-3">
      {waits.length > 1 && <Sparkline values={waits.slice(-mostPoints)} />}
      <span>
        Median <span className={`figures text-[0.8125rem] font-semibold ${waitColor(middle)}`}>{formatMs(middle)}</span>
      </span>
    </p>
  );
}

function Sparkline({ values }: { values: readonly number[] }) {
  const most = Math.max(...values, 1);
  const points = values.map((value, index) => ({
    x: 2 + (index / Math.max(1, values.length - 1)) * (width - 4),
    y: height - 2 - (value / most) * (height - 4),
  }));
  const last = points.at(-1);
  return (
    <svg
      role="img"
      aria-label={`Wait of each turn: ${values.map(formatMs).join(", ")}`}
      width={width}
      height={height}
      viewBox={`0 0 ${width} ${height}`}
      className="text-ink-3"
    >
      <polyline
        points={points.map(({ x, y }) => `${x.toFixed(1)},${y.toFixed(1)}`).join(" ")}
        fill="none"
        stroke="currentColor"
        strokeWidth="1.5"
        strokeLinejoin="round"
        strokeLinecap="round"
      />
      {last && <circle cx={last.x} cy={last.y} r="2.25" className="fill-accent" />}
    </svg>
  );
}

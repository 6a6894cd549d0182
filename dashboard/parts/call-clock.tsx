"use client";
import { useEffect, useState } from "react";
import { formatDuration } from "./format.ts";

export function CallClock({ startedAtMs }: { startedAtMs: number }) {
  const [nowMs, setNowMs] = useState(() => performance.now());
  useEffect(() => {
    const timer = setInterval(() => setNowMs(performance.now()), 250);
    return () => clearInterval(timer);
  }, []);
  return (
    <span role="timer" aria-live="off" className="figures">
      {formatDuration(nowMs - startedAtMs)}
    </span>
  );
}

"use client";
import { useEffect, useRef } from "react";

interface Levels {
  readonly caller: number;
  readonly agent: number;
}

const ticks = 72;
const sizePx = 216;

/** A ring of ticks: the agent's voice pushes it outward, the caller's inward. Decoration, hidden from screen readers. */
export function VoiceDial({ levels, active, busy }: { levels: Levels; active: boolean; busy: boolean }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const element = canvas.current;
    const context = element?.getContext("2d");
    if (!element || !context) return;
    const scale = Math.min(3, devicePixelRatio || 1);
    element.width = sizePx * scale;
    element.height = sizePx * scale;
    context.scale(scale, scale);
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const smooth = { caller: 0, agent: 0 };
    let frame = 0;
    const draw = (now: number) => {
      // Speech is quiet in figures: its square root is what an eye expects.
      smooth.caller += (Math.sqrt(levels.caller) - smooth.caller) * 0.25;
      smooth.agent += (Math.sqrt(levels.agent) - smooth.agent) * 0.25;
      paintDial(context, {
        style: getComputedStyle(element),
        seconds: still ? 0 : now / 1000,
        active,
        busy,
        ...smooth,
      });
      if (!still || active) frame = requestAnimationFrame(draw);
    };
    frame = requestAnimationFrame(draw);
    return () => cancelAnimationFrame(frame);
  }, [levels, active, busy]);
  return <canvas ref={canvas} aria-hidden="true" className="absolute inset-0 size-full" />;
}

interface Dial extends Levels {
  readonly style: CSSStyleDeclaration;
  readonly seconds: number;
  readonly active: boolean;
  readonly busy: boolean;
}

function paintDial(context: CanvasRenderingContext2D, { style, seconds, active, busy, caller, agent }: Dial): void {
  const color = (name: string) => style.getPropertyValue(name);
  const centre = sizePx / 2;
  const radius = 78;
  context.clearRect(0, 0, sizePx, sizePx);
  context.lineCap = "round";
  context.lineWidth = 2;
  for (let index = 0; index < ticks; index++) {
    const angle = (index / ticks) * 2 * Math.PI - Math.PI / 2;
    const wave = 0.5 + 0.5 * Math.sin(angle * 5 + seconds * 2.1) * Math.cos(angle * 3 - seconds * 1.3);
    const sweep = busy ? Math.max(0, Math.cos(angle - seconds * 3.2)) ** 6 : 0;
    const outward = 3 + 1.6 * wave + (active ? agent * 44 * (0.35 + wave) : 0) + sweep * 9;
    const inward = active ? caller * 34 * (1.15 - wave) : 0;
    const voiced = outward > 9 || sweep > 0.2;
    context.strokeStyle = resolveColor(style, voiced ? "--accent" : inward > 4 ? "--ink" : "--line-strong", color);
    context.globalAlpha = voiced || inward > 4 ? 0.95 : 0.8;
    context.beginPath();
    context.moveTo(centre + Math.cos(angle) * (radius - inward), centre + Math.sin(angle) * (radius - inward));
    context.lineTo(centre + Math.cos(angle) * (radius + outward), centre + Math.sin(angle) * (radius + outward));
    context.stroke();
  }
  context.globalAlpha = 1;
}

/** light-dark() is not a colour to a canvas: the scheme in force chooses. */
function resolveColor(style: CSSStyleDeclaration, name: string, read: (name: string) => string): string {
  const value = read(name).trim();
  const both = /^light-dark\(([^,]+),\s*([^)]+)\)$/.exec(value);
  if (!both) return value;
  const scheme = style.colorScheme;
  const dark = scheme === "dark" || (scheme !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  return (dark ? both[2] : both[1])?.trim() ?? value;
}

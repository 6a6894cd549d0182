"use client";
import { Grid3x3 } from "lucide-react";
import { Popover } from "radix-ui";

const digits = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#"];
const spoken: Record<string, string> = { "*": "Star", "#": "Hash" };

export function Keypad({ onPress }: { onPress: (digit: string) => void }) {
  return (
    <Popover.Root>
      <Popover.Trigger className="flex h-9 items-center gap-2 rounded-lg border border-line px-3 font-medium text-ink-2 transition-colors hover:border-line-strong hover:text-ink">
        <Grid3x3 aria-hidden="true" className="size-4" /> Keypad
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          side="top"
          sideOffset={8}
          collisionPadding={12}
          aria-label="Keypad"
          className="z-40 grid animate-pop grid-cols-3 gap-1.5 rounded-2xl border border-line bg-surface p-2.5 shadow-card"
        >
          {digits.map((digit) => (
            <button
              key={digit}
              type="button"
              aria-label={spoken[digit] ?? digit}
              onClick={() => onPress(digit)}
              className="figures size-12 rounded-xl bg-sunken text-lg font-medium transition-colors hover:bg-hover active:bg-accent-soft"
            >
              {digit}
            </button>
          ))}
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

"use client";
import { Monitor, Moon, Sun } from "lucide-react";
import { useEffect, useState } from "react";

type Theme = "system" | "light" | "dark";
const next: Record<Theme, Theme> = { system: "light", light: "dark", dark: "system" };
const icons = { system: Monitor, light: Sun, dark: Moon };
const storageKey = "parley-theme";

function readTheme(): Theme {
  const theme = document.documentElement.dataset.theme;
  return theme === "light" || theme === "dark" ? theme : "system";
}

function keepTheme(theme: Theme): void {
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  try {
    if (theme === "system") localStorage.removeItem(storageKey);
    else localStorage.setItem(storageKey, theme);
  } catch {
    // Storage is forbidden here: the choice lasts as long as the page.
  }
}

export function ThemeToggle() {
  const [theme, setTheme] = useState<Theme>("system");
  useEffect(() => setTheme(readTheme()), []);
  const Icon = icons[theme];
  const change = () => {
    keepTheme(next[theme]);
    setTheme(next[theme]);
  };
  return (
    <button
      type="button"
      onClick={change}
      aria-label={`Colours: ${theme}. Change to ${next[theme]}.`}
      title={`Colours: ${theme}`}
      className="grid size-8 place-items-center rounded-lg text-ink-2 transition-colors hover:bg-hover hover:text-ink"
    >
      <Icon aria-hidden="true" className="size-4" />
    </button>
  );
}

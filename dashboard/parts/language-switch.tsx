"use client";
import { ToggleGroup } from "radix-ui";

const languages = [
  { tag: "en-US", label: "English", lang: "en" },
  { tag: "ar-EG", label: "مصري", lang: "ar", hint: "Egyptian Arabic" },
] as const;
export type CallLanguage = (typeof languages)[number]["tag"];

const isLanguage = (value: string): value is CallLanguage => languages.some(({ tag }) => tag === value);

interface Props {
  readonly value: CallLanguage;
  readonly disabled: boolean;
  readonly onChange: (language: CallLanguage) => void;
}

export function LanguageSwitch({ value, disabled, onChange }: Props) {
  return (
    <ToggleGroup.Root
      type="single"
      value={value}
      disabled={disabled}
      onValueChange={(picked) => isLanguage(picked) && onChange(picked)}
      aria-label="Language of the call"
      className="inline-flex rounded-[10px] border border-line bg-sunken p-0.5"
    >
      {languages.map((language) => (
        <ToggleGroup.Item
          key={language.tag}
          value={language.tag}
          lang={language.lang}
          aria-label={"hint" in language ? language.hint : language.label}
          className="h-7 min-w-20 rounded-lg px-3 text-[0.8125rem] font-medium text-ink-2 transition-colors hover:text-ink disabled:opacity-50 data-[state=on]:bg-surface data-[state=on]:text-ink data-[state=on]:shadow-[0_1px_2px_rgb(0_0_0/0.12)]"
        >
          {language.label}
        </ToggleGroup.Item>
      ))}
    </ToggleGroup.Root>
  );
}

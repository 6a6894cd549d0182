"use client";

const languages = [
  { tag: "en-US", label: "English", lang: "en", name: "English" },
  { tag: "ar-EG", label: "مصري", lang: "ar", name: "Egyptian Arabic" },
] as const;
export type CallLanguage = (typeof languages)[number]["tag"];

interface Props {
  readonly value: CallLanguage;
  readonly disabled: boolean;
  readonly onChange: (language: CallLanguage) => void;
}

export function LanguageSwitch({ value, disabled, onChange }: Props) {
  return (
    <fieldset
      disabled={disabled}
      className="inline-flex rounded-[10px] border border-line bg-sunken p-0.5 disabled:opacity-50"
    >
      <legend className="sr-only">Language of the call</legend>
      {languages.map(({ tag, label, lang, name }) => (
        <label
          key={tag}
          lang={lang}
          className="relative grid h-7 min-w-20 cursor-pointer place-items-center rounded-lg px-3 text-[0.8125rem] font-medium text-ink-2 transition-colors hover:text-ink has-checked:bg-raised has-checked:text-ink has-checked:shadow-[0_1px_2px_rgb(0_0_0/0.14)] has-disabled:cursor-default has-focus-visible:outline-2 has-focus-visible:outline-offset-1 has-focus-visible:outline-accent"
        >
          <input
            type="radio"
            name="language"
            aria-label={name}
            checked={value === tag}
            onChange={() => onChange(tag)}
            className="absolute inset-0 cursor-pointer opacity-0 disabled:cursor-default"
          />
          {label}
        </label>
      ))}
    </fieldset>
  );
}

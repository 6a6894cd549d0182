/** A speech bubble and the letter P at once. */
export function Mark({ className }: { className?: string }) {
  return (
    <svg viewBox="0 0 32 32" className={className} aria-hidden="true">
      <rect width="32" height="32" rx="9" className="fill-accent" />
      <path
        d="M9 24V13.5a6.5 6.5 0 1 1 6.5 6.5H14"
        fill="none"
        strokeWidth="3.2"
        strokeLinecap="round"
        strokeLinejoin="round"
        className="stroke-accent-ink"
      />
      <circle cx="15.5" cy="13.5" r="1.9" className="fill-accent-ink opacity-70" />
    </svg>
  );
}

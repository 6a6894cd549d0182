import Link from "next/link";
import type { ReactNode } from "react";
import { Mark } from "./mark.tsx";

/** The small page behind a mail's link. */
export function Letter({ title, children }: { title: string; children: ReactNode }) {
  return (
    <main className="grid min-h-dvh place-items-center px-6">
      <div className="w-full max-w-sm">
        <Link href="/" aria-label="Parley">
          <Mark className="size-8" />
        </Link>
        <h1 className="mt-6 text-xl font-semibold tracking-tight">{title}</h1>
        {children}
      </div>
    </main>
  );
}

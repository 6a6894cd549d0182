import { BookOpen, ChevronRight } from "lucide-react";
import { MailTray } from "./mail-tray.tsx";
import { Mark } from "./mark.tsx";
import { SystemStatus } from "./system-status.tsx";
import { ThemeToggle } from "./theme-toggle.tsx";

export function PageHeader() {
  return (
    <header className="sticky top-0 z-20 border-b border-line bg-canvas/85 backdrop-blur-md">
      <div className="mx-auto flex h-14 max-w-[1240px] items-center gap-2.5 px-4 sm:px-6">
        <Mark className="size-7 shrink-0" />
        <span className="text-[0.9375rem] font-semibold tracking-[-0.02em]">Parley</span>
        <ChevronRight aria-hidden="true" className="size-3.5 text-ink-3" />
        <span className="truncate text-ink-2">
          <span className="sr-only">Organisation </span>Demo
        </span>
        <div className="ml-auto flex items-center gap-1">
          <MailTray />
          <SystemStatus />
          <a
            href="/api/docs"
            className="hidden h-8 items-center gap-1.5 rounded-lg px-2.5 text-[0.8125rem] text-ink-2 transition-colors hover:bg-hover hover:text-ink sm:flex"
          >
            <BookOpen aria-hidden="true" className="size-4" /> API
          </a>
          <ThemeToggle />
        </div>
      </div>
    </header>
  );
}

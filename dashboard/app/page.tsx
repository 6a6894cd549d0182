import { CallConsole } from "../parts/call-console.tsx";
import { CallsSection } from "../parts/calls-section.tsx";
import { PageHeader } from "../parts/page-header.tsx";

export default function Home() {
  return (
    <>
      <a
        href="#call"
        className="sr-only focus:not-sr-only focus:absolute focus:left-3 focus:top-3 focus:z-50 focus:rounded-lg focus:bg-surface focus:px-3 focus:py-2"
      >
        Skip to the call
      </a>
      <PageHeader />
      <main className="mx-auto max-w-[1240px] px-4 pb-16 pt-5 sm:px-6 lg:pt-8">
        <CallConsole />
        <CallsSection />
      </main>
    </>
  );
}

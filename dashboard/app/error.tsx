"use client";

export default function PageError({ reset }: { error: Error; reset: () => void }) {
  return (
    <main className="grid min-h-dvh place-items-center px-6 text-center">
      <div>
        <h1 className="text-xl font-semibold tracking-tight">This page broke</h1>
        <p className="mt-2 text-ink-2">Calls are answered all the same.</p>
        <button
          type="button"
          onClick={reset}
          className="mt-5 rounded-lg bg-accent px-4 py-2 font-medium text-accent-ink"
        >
          Load it again
        </button>
      </div>
    </main>
  );
}

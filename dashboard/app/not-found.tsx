import Link from "next/link";

export default function NotFound() {
  return (
    <main className="grid min-h-dvh place-items-center px-6 text-center">
      <div>
        <h1 className="text-xl font-semibold tracking-tight">There is nothing at this address</h1>
        <p className="mt-2 text-ink-2">
          <Link href="/" className="font-medium text-accent underline underline-offset-4">
            Back to your agent
          </Link>
        </p>
      </div>
    </main>
  );
}

"use client";
import { useMutation } from "@tanstack/react-query";
import { verifyEmail } from "../data/api-client.ts";
import { Letter } from "./letter.tsx";
import { useMailToken } from "./mail-token.ts";

/** By a button: a mail scanner that opens links must not use the token up. */
export function VerifyEmail() {
  const token = useMailToken();
  const { mutate, isPending, isSuccess, error } = useMutation({ mutationFn: verifyEmail });
  if (isSuccess) {
    return (
      <Letter title="Your address is confirmed">
        <p className="mt-2 text-ink-2">You may close this page.</p>
      </Letter>
    );
  }
  return (
    <Letter title="Confirm your e-mail address">
      <button
        type="button"
        disabled={!token || isPending}
        onClick={() => mutate(token ?? "")}
        className="mt-5 h-10 w-full rounded-lg bg-accent font-medium text-accent-ink hover:bg-accent-strong disabled:bg-line disabled:text-ink-3"
      >
        This address is mine
      </button>
      <p role="alert" className="mt-3 text-[0.8125rem] text-danger">
        {token === "" ? "The link is not whole. Open it from the mail again." : error?.message}
      </p>
    </Letter>
  );
}

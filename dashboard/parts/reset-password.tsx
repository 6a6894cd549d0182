"use client";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { resetPassword } from "../data/api-client.ts";
import { Letter } from "./letter.tsx";
import { useMailToken } from "./mail-token.ts";

const shortest = 10;

export function ResetPassword() {
  const token = useMailToken();
  const [password, setPassword] = useState("");
  const { mutate, isPending, isSuccess, error } = useMutation({
    mutationFn: (given: string) => resetPassword(token ?? "", given),
  });
  if (isSuccess) {
    return (
      <Letter title="Your password is changed">
        <p className="mt-2 text-ink-2">Every session that was open has ended. Sign in with the new password.</p>
      </Letter>
    );
  }
  const send = (event: FormEvent) => {
    event.preventDefault();
    mutate(password);
  };
  return (
    <Letter title="Choose a new password">
      <form onSubmit={send} className="mt-5 space-y-3">
        <label className="block">
          <span className="text-[0.8125rem] text-ink-2">New password, {shortest} characters or more</span>
          <input
            type="password"
            autoComplete="new-password"
            minLength={shortest}
            maxLength={200}
            required
            value={password}
            onChange={(event) => setPassword(event.target.value)}
            className="mt-1.5 h-10 w-full rounded-lg border border-line bg-sunken px-3 outline-none focus:border-accent"
          />
        </label>
        <button
          type="submit"
          disabled={!token || isPending || password.length < shortest}
          className="h-10 w-full rounded-lg bg-accent font-medium text-accent-ink hover:bg-accent-strong disabled:bg-line disabled:text-ink-3"
        >
          Change the password
        </button>
        <p role="alert" className="text-[0.8125rem] text-danger">
          {token === "" ? "The link is not whole. Open it from the mail again." : error?.message}
        </p>
      </form>
    </Letter>
  );
}

"use client";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { joinAsNewPerson, joinWithAccount } from "../data/api-client.ts";
import { Letter } from "./letter.tsx";
import { useMailToken } from "./mail-token.ts";

const shortest = 10;
const field = "mt-1.5 h-10 w-full rounded-lg border border-line bg-sunken px-3 outline-none focus:border-accent";

interface FieldProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly type: "text" | "password";
  readonly autoComplete: "name" | "new-password";
}

function Field({ label, value, onChange, type, autoComplete }: FieldProps) {
  return (
    <label className="block">
      <span className="text-[0.8125rem] text-ink-2">{label}</span>
      <input
        type={type}
        autoComplete={autoComplete}
        minLength={type === "password" ? shortest : 1}
        maxLength={200}
        required
        value={value}
        onChange={(event) => onChange(event.target.value)}
        className={field}
      />
    </label>
  );
}

export function AcceptInvitation() {
  const found = useMailToken();
  const token = found ?? "";
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const asNew = useMutation({ mutationFn: () => joinAsNewPerson({ token, name, password }) });
  const asMe = useMutation({ mutationFn: () => joinWithAccount(token) });
  if (asNew.isSuccess || asMe.isSuccess) {
    return (
      <Letter title="You are in">
        <p className="mt-2 text-ink-2">Sign in to start, and choose the organisation.</p>
      </Letter>
    );
  }
  const join = (event: FormEvent) => {
    event.preventDefault();
    asNew.mutate();
  };
  const busy = asNew.isPending || asMe.isPending;
  return (
    <Letter title="Join the organisation">
      <form onSubmit={join} className="mt-5 space-y-3">
        <Field label="Your name" type="text" autoComplete="name" value={name} onChange={setName} />
        <Field
          label={`A password, ${shortest} characters or more`}
          type="password"
          autoComplete="new-password"
          value={password}
          onChange={setPassword}
        />
        <button
          type="submit"
          disabled={token === "" || busy || name.trim() === "" || password.length < shortest}
          className="h-10 w-full rounded-lg bg-accent font-medium text-accent-ink hover:bg-accent-strong disabled:bg-line disabled:text-ink-3"
        >
          Make my account and join
        </button>
        <p role="alert" className="text-[0.8125rem] text-danger">
          {found === "" ? "The link is not whole. Open it from the mail again." : (asNew.error ?? asMe.error)?.message}
        </p>
      </form>
      <button
        type="button"
        disabled={token === "" || busy}
        onClick={() => asMe.mutate()}
        className="mt-4 text-[0.8125rem] text-ink-2 underline underline-offset-4 hover:text-ink disabled:text-ink-3"
      >
        I have an account and am signed in
      </button>
    </Letter>
  );
}

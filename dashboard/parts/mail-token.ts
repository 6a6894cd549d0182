"use client";
import { useEffect, useState } from "react";

/** The token behind the `#` of a mail's link: no server and no log ever sees it. Undefined until the page runs. */
export function useMailToken(): string | undefined {
  const [token, setToken] = useState<string>();
  useEffect(() => setToken(new URLSearchParams(location.hash.slice(1)).get("token") ?? ""), []);
  return token;
}

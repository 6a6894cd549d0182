"use client";
import { useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, useContext, useEffect, useState, useSyncExternalStore } from "react";
import { callsKey } from "../data/queries.ts";
import { CallController } from "./call-controller.ts";
import { type CallState, idleState } from "./call-state.ts";

const Context = createContext<CallController | undefined>(undefined);

/** The events of a call are written behind it: the list is asked again a moment after its end. */
const writtenAfterMs = 600;

export function CallProvider({ children }: { children: ReactNode }) {
  const queries = useQueryClient();
  const [controller] = useState(
    () =>
      new CallController(() =>
        setTimeout(() => void queries.invalidateQueries({ queryKey: callsKey }), writtenAfterMs),
      ),
  );
  useEffect(() => {
    const leave = () => controller.hangUp();
    addEventListener("pagehide", leave);
    return () => removeEventListener("pagehide", leave);
  }, [controller]);
  return <Context value={controller}>{children}</Context>;
}

export function useCall(): { call: CallController; state: CallState } {
  const call = useContext(Context);
  if (!call) throw new Error("useCall stands outside CallProvider");
  const state = useSyncExternalStore(call.subscribe, call.snapshot, () => idleState);
  return { call, state };
}

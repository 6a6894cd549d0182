import { useQuery } from "@tanstack/react-query";
import { readCallEvents, readCalls, readDevMail, readSystem } from "./api-client.ts";

export const callsKey = ["calls"] as const;

export const useSystem = () =>
  useQuery({ queryKey: ["system"], queryFn: readSystem, refetchInterval: 10_000, retry: false });

/** Asked no more once the server says that there is none to see. */
export const useDevMail = (isEmbedded: boolean) =>
  useQuery({
    queryKey: ["dev-mail"],
    queryFn: readDevMail,
    enabled: isEmbedded,
    refetchInterval: ({ state }) => (state.status === "error" ? false : 10_000),
    retry: false,
  });

export const useCalls = () =>
  useQuery({ queryKey: callsKey, queryFn: () => readCalls(25), refetchInterval: 4000, retry: false });

export function useCallEvents(callId: string, live: boolean) {
  return useQuery({
    queryKey: ["call-events", callId],
    queryFn: () => readCallEvents(callId),
    refetchInterval: live ? 2000 : false,
  });
}

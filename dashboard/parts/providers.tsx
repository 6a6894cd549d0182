"use client";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { Tooltip } from "radix-ui";
import { type ReactNode, useState } from "react";
import { CallProvider } from "../call/call-context.tsx";

export function Providers({ children }: { children: ReactNode }) {
  const [client] = useState(() => new QueryClient({ defaultOptions: { queries: { retry: 1, staleTime: 2000 } } }));
  return (
    <QueryClientProvider client={client}>
      <Tooltip.Provider delayDuration={120}>
        <CallProvider>{children}</CallProvider>
      </Tooltip.Provider>
    </QueryClientProvider>
  );
}

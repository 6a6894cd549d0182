import type { Metadata, Viewport } from "next";
import { headers } from "next/headers";
import type { ReactNode } from "react";
import { Providers } from "../parts/providers.tsx";
import "./globals.css";

export const metadata: Metadata = {
  title: "Parley",
  description: "The open phone agent platform: call your agent, watch every turn.",
};

export const viewport: Viewport = {
  themeColor: [
    { media: "(prefers-color-scheme: light)", color: "#f6f5f1" },
    { media: "(prefers-color-scheme: dark)", color: "#0c0d0e" },
  ],
};

/** Before the first paint, or a dark page would flash white. */
const applyTheme = `try{var t=localStorage.getItem("parley-theme");if(t==="light"||t==="dark")document.documentElement.dataset.theme=t}catch{}`;

export default async function RootLayout({ children }: { children: ReactNode }) {
  // Reading the request also keeps the page dynamic: a nonce is never built in.
  const nonce = (await headers()).get("x-nonce") ?? undefined;
  return (
    <html lang="en" suppressHydrationWarning>
      <head>
        {/* biome-ignore lint: a constant of ours, under the page's nonce */}
        <script nonce={nonce} suppressHydrationWarning dangerouslySetInnerHTML={{ __html: applyTheme }} />
      </head>
      <body>
        <Providers>{children}</Providers>
      </body>
    </html>
  );
}

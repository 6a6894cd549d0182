/** The sound modules, as the browser loads them: the tested TypeScript without its types, made once by the build. */
import { readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { join } from "node:path";

const files = ["capture-worklet.ts", "playback-worklet.ts", "resampler.ts", "jitter-buffer.ts", "pcm16.ts"];

export const dynamic = "force-static";
export const dynamicParams = false;

export function generateStaticParams(): { file: string }[] {
  return files.map((file) => ({ file }));
}

export async function GET(_request: Request, { params }: { params: Promise<{ file: string }> }): Promise<Response> {
  const { file } = await params;
  if (!files.includes(file)) return new Response(null, { status: 404 });
  const source = readFileSync(join(process.cwd(), "audio", file), "utf8");
  return new Response(stripTypeScriptTypes(source), {
    headers: { "content-type": "text/javascript; charset=utf-8", "cache-control": "no-cache" },
  });
}

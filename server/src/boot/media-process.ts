/** One media process: its host, joined to the supervisor. No HTTP server, no pages: only voices live on this loop. */
import { monitorEventLoopDelay } from "node:perf_hooks";
import type { MediaHost } from "../entry/media/media-host.ts";
import type { ProcessLink } from "../entry/process-link.ts";

const loadEveryMs = 1000;

export function joinMediaHost(host: MediaHost, link: ProcessLink, mediaIndex: number): void {
  const loopDelay = monitorEventLoopDelay({ resolution: 10 });
  loopDelay.enable();
  const tellLoad = () => {
    const loopDelayP99Ms = Math.max(0, loopDelay.percentile(99) / 1e6 - 10);
    loopDelay.reset();
    link.notify("load", { mediaIndex, load: { ...host.load(), loopDelayP99Ms } });
  };
  setInterval(tellLoad, loadEveryMs);

  link.onRequest("announce", async (assignment) => {
    host.announce(assignment);
    return { mediaIndex };
  });
  link.onRequest("say", ({ callId, text }) => host.say(callId, text));
  link.onRequest("control", async ({ callId, command }) => ({ outcome: host.control(callId, command) }));
  link.onRequest("watch", ({ callId }) => host.watch(callId));
  link.onNotice("upgrade", (request, socket) => {
    if (socket) host.acceptUpgrade(request, socket);
  });
  link.onNotice("drain", ({ graceMs }) => {
    void host.drain(graceMs).then(() => link.notify("drained", {}));
  });
  link.notify("ready", {});
}

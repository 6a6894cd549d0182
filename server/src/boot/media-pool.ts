/** The media processes of a node: who has room, who carries which call, and what dies with one of them. */
import type { Socket } from "node:net";
import type { ProcessLink } from "../entry/process-link.ts";
import type {
  CallAssignment,
  CallFact,
  ProcessNotices,
  ProcessRequests,
  UpgradeRequest,
} from "../entry/process-messages.ts";
import { AppError } from "../kernel/app-error.ts";
import { type KeepProcessOptions, type KeptProcess, keepProcess } from "./child-process.ts";

type Say = ProcessRequests["say"];
type Control = ProcessRequests["control"];
type Watch = ProcessRequests["watch"];
type LiveEvents = ProcessRequests["liveEvents"];

export interface MediaPool {
  readonly ready: Promise<unknown>;
  announce(assignment: CallAssignment): Promise<{ mediaIndex: number }>;
  say(params: Say["params"]): Promise<Say["result"]>;
  control(params: Control["params"]): Promise<Control["result"]>;
  watch(params: Watch["params"]): Promise<Watch["result"]>;
  passSocket(request: UpgradeRequest, socket: Socket): void;
  /** Resolves when every process has said that its calls are over, or after the grace and a goodbye. */
  drain(graceMs: number): Promise<void>;
  stop(): Promise<void>;
}

export interface MediaPoolOptions {
  readonly size: number;
  readonly base: Omit<KeepProcessOptions, "name" | "role" | "onLife" | "onDeath" | "init">;
  readonly init: (mediaIndex: number, deadProcessId: string | undefined) => ReturnType<KeepProcessOptions["init"]>;
  readonly onFact: (fact: CallFact) => void;
  readonly onLiveEvents: (params: LiveEvents["params"]) => Promise<LiveEvents["result"]>;
  readonly onWatchDropped: (dropped: ProcessNotices["watchDropped"]) => void;
  readonly onLoad: (load: ProcessNotices["load"]) => void;
}

interface Member {
  readonly process: KeptProcess;
  /** Announced or live, for the choice of the least loaded. */
  readonly calls: Map<string, CallAssignment["channel"]>;
  drained: (() => void) | undefined;
}

/** A goodbye and the last events, over the grace. */
const afterGraceMs = 8000;
const sayTimeoutMs = 64_000;

export function createMediaPool(options: MediaPoolOptions): MediaPool {
  return new Pool(options);
}

class Pool implements MediaPool {
  readonly ready: Promise<unknown>;
  private readonly options: MediaPoolOptions;
  private readonly members: readonly Member[];

  constructor(options: MediaPoolOptions) {
    this.options = options;
    this.members = Array.from({ length: options.size }, (_, index) => this.startMember(index));
    this.ready = Promise.all(this.members.map((member) => member.process.ready));
  }

  async announce(assignment: CallAssignment): Promise<{ mediaIndex: number }> {
    const [member] = this.members
      .filter((each) => each.process.link())
      .sort((left, right) => left.calls.size - right.calls.size);
    const link = member?.process.link();
    if (!member || !link) {
      throw new AppError("at_capacity", { publicMessage: "No process can carry a call right now. Try again shortly." });
    }
    const { callId } = assignment.plan;
    // Counted before the answer: announcements that come together must not all choose the same process.
    member.calls.set(callId, assignment.channel);
    try {
      return await link.request("announce", assignment);
    } catch (error) {
      member.calls.delete(callId);
      throw error;
    }
  }

  say(params: Say["params"]): Promise<Say["result"]> {
    return this.linkOf(params.mediaIndex).request("say", params, sayTimeoutMs);
  }

  async control(params: Control["params"]): Promise<Control["result"]> {
    return (await this.linkOfCall(params.callId)?.request("control", params)) ?? { outcome: "not-live" };
  }

  async watch(params: Watch["params"]): Promise<Watch["result"]> {
    return (await this.linkOfCall(params.callId)?.request("watch", params)) ?? { found: false, nextSeq: 0 };
  }

  passSocket(request: UpgradeRequest, socket: Socket): void {
    const link = this.members[request.mediaIndex]?.process.link();
    if (link) link.notify("upgrade", request, socket);
    else socket.destroy();
  }

  async drain(graceMs: number): Promise<void> {
    await Promise.all(this.members.map((member) => drainMember(member, graceMs)));
  }

  async stop(): Promise<void> {
    await Promise.all(this.members.map((member) => member.process.stop()));
  }

  private startMember(index: number): Member {
    const calls: Member["calls"] = new Map();
    const member: { drained: (() => void) | undefined } = { drained: undefined };
    const process = keepProcess({
      ...this.options.base,
      name: `media-${index}`,
      role: "media",
      init: (deadProcessId) => this.options.init(index, deadProcessId),
      onLife: (link) => {
        link.onNotice("fact", (fact) => this.takeFact(calls, fact));
        link.onNotice("load", this.options.onLoad);
        link.onRequest("liveEvents", this.options.onLiveEvents);
        link.onNotice("watchDropped", this.options.onWatchDropped);
        link.onNotice("drained", () => member.drained?.());
      },
      onDeath: () => {
        for (const [callId, channel] of calls) this.options.onFact({ kind: "lost", callId, channel });
        calls.clear();
        member.drained?.();
      },
    });
    return Object.assign(member, { process, calls });
  }

  private takeFact(calls: Member["calls"], fact: CallFact): void {
    if (fact.kind === "ended" || fact.kind === "expired") calls.delete(fact.callId);
    this.options.onFact(fact);
  }

  /** Whoever asks need not know where the call is: the API process may have been started after it. */
  private linkOfCall(callId: string): ProcessLink | undefined {
    return this.members.find((member) => member.calls.has(callId))?.process.link();
  }

  private linkOf(mediaIndex: number): ProcessLink {
    const link = this.members[mediaIndex]?.process.link();
    if (link) return link;
    throw new AppError("not_found", {
      publicMessage: "There is no such call, or the process that carried it is gone.",
    });
  }
}

function drainMember(member: Member, graceMs: number): Promise<void> {
  const link = member.process.link();
  if (!link) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, graceMs + afterGraceMs);
    member.drained = () => {
      clearTimeout(timer);
      resolve();
    };
    link.notify("drain", { graceMs });
  });
}

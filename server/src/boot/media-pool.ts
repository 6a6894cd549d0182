/** The media processes of a node: who has room, who carries which call, and what dies with one of them. */
import type { Socket } from "node:net";
import type { ProcessLink } from "../entry/process-link.ts";
import type {
  CallAssignment,
  CallFact,
  MediaLoad,
  ProcessNotices,
  ProcessRequests,
  UpgradeRequest,
} from "../entry/process-messages.ts";
import { AppError } from "../kernel/app-error.ts";
import { type KeepProcessOptions, type KeptProcess, keepProcess } from "./child-process.ts";

type Say = ProcessRequests["say"];
type HangUp = ProcessRequests["hangUp"];

export interface MediaPool {
  readonly ready: Promise<unknown>;
  announce(assignment: CallAssignment): Promise<{ mediaIndex: number }>;
  say(params: Say["params"]): Promise<Say["result"]>;
  hangUp(params: HangUp["params"]): Promise<HangUp["result"]>;
  passSocket(request: UpgradeRequest, socket: Socket): void;
  /** Resolves when every process has said that its calls are over, or after the grace and a goodbye. */
  drain(graceMs: number): Promise<void>;
  stop(): Promise<void>;
}

export interface MediaPoolOptions {
  readonly size: number;
  readonly base: Omit<KeepProcessOptions, "name" | "role" | "onLife" | "onDeath" | "init">;
  readonly init: (mediaIndex: number) => ReturnType<KeepProcessOptions["init"]>;
  readonly onFact: (fact: CallFact) => void;
  readonly onLoad: (load: ProcessNotices["load"]) => void;
}

interface Member {
  readonly index: number;
  process: KeptProcess;
  load: MediaLoad | undefined;
  /** Announced or live, for the choice of the least loaded. */
  readonly calls: Map<string, CallAssignment["channel"]>;
  drained: (() => void) | undefined;
}

/** A goodbye and the last events, over the grace. */
const afterGraceMs = 8000;
const sayTimeoutMs = 64_000;

export function createMediaPool(options: MediaPoolOptions): MediaPool {
  const members: Member[] = [];

  const onFact = (member: Member, fact: CallFact) => {
    if (fact.kind === "ended" || fact.kind === "expired") member.calls.delete(fact.callId);
    options.onFact(fact);
  };

  const onDeath = (member: Member) => {
    for (const [callId, channel] of member.calls) options.onFact({ kind: "lost", callId, channel });
    member.calls.clear();
    member.drained?.();
  };

  const onLife = (member: Member, link: ProcessLink) => {
    link.onNotice("fact", (fact) => onFact(member, fact));
    link.onNotice("load", (told) => {
      member.load = told.load;
      options.onLoad(told);
    });
    link.onNotice("drained", () => member.drained?.());
  };

  for (let index = 0; index < options.size; index++) {
    const member = { index, load: undefined, calls: new Map(), drained: undefined } as unknown as Member;
    member.process = keepProcess({
      ...options.base,
      name: `media-${index}`,
      role: "media",
      init: () => options.init(index),
      onLife: (link) => onLife(member, link),
      onDeath: () => onDeath(member),
    });
    members.push(member);
  }

  const linkOf = (mediaIndex: number): ProcessLink => {
    const link = members[mediaIndex]?.process.link();
    if (!link)
      throw new AppError("not_found", {
        publicMessage: "There is no such call, or the process that carried it is gone.",
      });
    return link;
  };

  const byRoom = () => members.filter((member) => member.process.link()).sort((a, b) => a.calls.size - b.calls.size);

  return {
    ready: Promise.all(members.map((member) => member.process.ready)),
    async announce(assignment) {
      const [member] = byRoom();
      const link = member?.process.link();
      if (!member || !link)
        throw new AppError("at_capacity", {
          publicMessage: "No process can carry a call right now. Try again shortly.",
        });
      const { callId } = assignment.plan;
      // Counted before the answer: announcements that come together must not all choose the same process.
      member.calls.set(callId, assignment.channel);
      try {
        return await link.request("announce", assignment);
      } catch (error) {
        member.calls.delete(callId);
        throw error;
      }
    },
    say: (params) => linkOf(params.mediaIndex).request("say", params, sayTimeoutMs),
    hangUp: (params) => linkOf(params.mediaIndex).request("hangUp", params),
    passSocket(request, socket) {
      const link = members[request.mediaIndex]?.process.link();
      if (link) link.notify("upgrade", request, socket);
      else socket.destroy();
    },
    async drain(graceMs) {
      const each = members.map((member) => {
        const link = member.process.link();
        if (!link) return Promise.resolve();
        return new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, graceMs + afterGraceMs);
          member.drained = () => {
            clearTimeout(timer);
            resolve();
          };
          link.notify("drain", { graceMs });
        });
      });
      await Promise.all(each);
    },
    async stop() {
      await Promise.all(members.map((member) => member.process.stop()));
    },
  };
}

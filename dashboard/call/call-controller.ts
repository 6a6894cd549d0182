/** One call at a time, from the button to the last word; the page follows it through `subscribe` and `snapshot`. */
import type { CallEvent } from "@parley/contract/call-event";
import type { ServerMessage } from "@parley/contract/call-socket";
import { ApiProblem } from "@parley/contract/client";
import { startCall } from "../data/api-client.ts";
import { type BrowserRecogniser, startBrowserRecogniser } from "./browser-recogniser.ts";
import { type CallSocket, openCallSocket, ownSocketUrl } from "./call-socket.ts";
import { type CallState, idleState } from "./call-state.ts";
import { MicrophoneError, openSound, type Sound } from "./open-sound.ts";
import { applyEvent, emptyView } from "./transcript-model.ts";

const cannotHear =
  "This browser cannot recognise speech, and the platform has no recogniser yet. You will hear the agent: type what you would say.";
const lostConnection = "The connection was lost. Call again when the network is back.";

export class CallController {
  /** Loudness of each side, 0 to 1; read by the picture at its own pace. */
  readonly levels = { caller: 0, agent: 0 };
  #state: CallState = idleState;
  readonly #listeners = new Set<() => void>();
  readonly #onEnded: () => void;
  #socket: CallSocket | undefined;
  #sound: Sound | undefined;
  #recogniser: BrowserRecogniser | undefined;
  #unsent: string[] = [];
  /** What belongs to an earlier call comes too late. */
  #generation = 0;

  constructor(onEnded: () => void) {
    this.#onEnded = onEnded;
  }

  readonly subscribe = (listener: () => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };
  readonly snapshot = () => this.#state;

  async begin(channel: "web" | "text", language: string): Promise<void> {
    if (this.#state.phase === "connecting" || this.#state.phase === "live") return;
    const generation = ++this.#generation;
    const current = () => generation === this.#generation;
    this.#set({ ...idleState, phase: "connecting", channel, language });
    try {
      // The microphone first: no call is opened that nobody can speak in.
      const sound = channel === "web" ? await this.#openSound(current) : undefined;
      if (!current()) return sound?.close();
      this.#sound = sound;
      const call = await startCall(channel, language);
      if (!current()) return;
      this.#set({ ...this.#state, callId: call.callId, agentName: call.agentName });
      this.#socket = openCallSocket(
        ownSocketUrl(call.socketUrl, location.href),
        { token: call.token, microphone: channel === "web" },
        {
          onMessage: (message) => void (current() && this.#onMessage(message)),
          onAudio: (pcm) => void (current() && this.#sound?.play(pcm)),
          onClose: (clean) => void (current() && this.#finish(clean ? undefined : lostConnection)),
        },
      );
    } catch (error) {
      if (!current()) return;
      const known = error instanceof MicrophoneError || error instanceof ApiProblem;
      this.#finish(known ? error.message : "The call could not be started. Reload the page and try again.");
    }
  }

  /** A typed line; starts a text call when there is none. */
  say(text: string, language: string): void {
    if (this.#state.phase === "live" && this.#unsent.length === 0) return this.#socket?.send({ type: "text", text });
    this.#unsent.push(text);
    if (this.#state.phase !== "connecting" && this.#state.phase !== "live") void this.begin("text", language);
  }

  press(digit: string): void {
    this.#socket?.send({ type: "dtmf", digit });
  }

  setMuted(muted: boolean): void {
    this.#sound?.setMuted(muted);
    this.#set({ ...this.#state, muted });
  }

  hangUp(): void {
    this.#finish(undefined);
  }

  #openSound(current: () => boolean): Promise<Sound> {
    return openSound({
      onFrame: (pcm) => void (current() && this.#state.phase === "live" && this.#socket?.sendAudio(pcm)),
      onCallerLevel: (level) => void (this.levels.caller = this.#state.muted ? 0 : level),
      onAgentLevel: (level) => void (this.levels.agent = level),
      onPlayed: (name) => void (current() && this.#socket?.send({ type: "mark", name })),
      onMicrophoneLost: () =>
        void (current() && this.#hint("The microphone is gone. Type, or hang up and call again.")),
    });
  }

  #onMessage(message: ServerMessage): void {
    switch (message.type) {
      case "ready":
        return this.#onReady(message);
      case "event":
        return this.#onEvent(message.event);
      case "mark":
        if (this.#sound) return this.#sound.mark(message.name);
        return this.#socket?.send({ type: "mark", name: message.name });
      case "clear":
        return this.#sound?.clear();
      case "notice":
        return this.#hint(message.text);
      case "ended":
        return this.#finish(undefined, message.reason);
    }
  }

  #onReady({ recogniser, voice, agentName, language }: Extract<ServerMessage, { type: "ready" }>): void {
    this.#set({ ...this.#state, phase: "live", startedAtMs: performance.now(), agentName, language, voice });
    if (this.#state.channel === "text") return;
    if (recogniser === "none") return this.#hint(cannotHear);
    if (recogniser === "platform") return this.#set({ ...this.#state, listener: "platform" });
    const generation = this.#generation;
    this.#recogniser = startBrowserRecogniser(language, {
      onWords: (text, isFinal) => {
        if (!this.#state.muted) this.#socket?.send({ type: "transcript", text, isFinal });
      },
      onFailed: (reason) => {
        if (generation !== this.#generation) return;
        this.#hint(`${reason} You will hear the agent: type what you would say.`);
        this.#set({ ...this.#state, listener: "none" });
      },
    });
    if (this.#recogniser) this.#set({ ...this.#state, listener: this.#state.hint === undefined ? "browser" : "none" });
    else this.#hint(cannotHear);
  }

  #onEvent(event: CallEvent): void {
    this.#set({ ...this.#state, view: applyEvent(this.#state.view, event) });
    // What was typed before the agent was there follows its greeting.
    if (this.#unsent.length === 0 || event.type !== "reply-finished") return;
    for (const text of this.#unsent) this.#socket?.send({ type: "text", text });
    this.#unsent = [];
  }

  #hint(hint: string): void {
    this.#set({ ...this.#state, hint });
  }

  #finish(failure: string | undefined, reason?: string): void {
    const { phase, startedAtMs } = this.#state;
    if (phase !== "connecting" && phase !== "live") return;
    this.#generation++;
    this.#recogniser?.stop();
    this.#sound?.close();
    this.#socket?.close();
    this.#recogniser = undefined;
    this.#sound = undefined;
    this.#socket = undefined;
    this.#unsent = [];
    this.levels.caller = 0;
    this.levels.agent = 0;
    const durationMs = startedAtMs === undefined ? 0 : performance.now() - startedAtMs;
    const endReason = failure === undefined ? (reason ?? "caller-hung-up") : undefined;
    const began = startedAtMs !== undefined || failure !== undefined;
    const view = began ? this.#state.view : emptyView;
    this.#set({
      ...this.#state,
      phase: began ? "ended" : "idle",
      view,
      failure,
      endReason,
      durationMs,
      muted: false,
      hint: undefined,
    });
    this.#onEnded();
  }

  #set(state: CallState): void {
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}

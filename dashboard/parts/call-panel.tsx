"use client";
import { Keyboard, Mic, MicOff, Phone, PhoneOff } from "lucide-react";
import { useCall } from "../call/call-context.tsx";
import type { CallState } from "../call/call-state.ts";
import { CallClock } from "./call-clock.tsx";
import { formatDuration, formatReason } from "./format.ts";
import { Keypad } from "./keypad.tsx";
import { type CallLanguage, LanguageSwitch } from "./language-switch.tsx";
import { VoiceDial } from "./voice-dial.tsx";

interface Props {
  readonly language: CallLanguage;
  readonly onLanguage: (language: CallLanguage) => void;
  /** Brings the cursor to the line where one types. */
  readonly onType: () => void;
}

const agents: Record<CallLanguage, { name: string; about: string }> = {
  "en-US": { name: "Bright Smile Dental", about: "Books, moves and cancels appointments, knows prices and hours." },
  "ar-EG": { name: "عيادة ابتسامة للأسنان", about: "بتحجز المواعيد وتغيّرها وتلغيها، وعارفة الأسعار والمواعيد." },
};

export function CallPanel({ language, onLanguage, onType }: Props) {
  const { call, state } = useCall();
  const busy = state.phase === "connecting" || state.phase === "live";
  const agent = agents[language];
  return (
    <section aria-labelledby="agent-name" className="flex flex-col items-center px-5 pb-6 pt-6 text-center lg:h-full">
      <h1 id="agent-name" className="text-[1.375rem] font-semibold leading-tight tracking-[-0.022em]" dir="auto">
        {agent.name}
      </h1>
      <p className={`mt-1.5 max-w-72 text-balance text-ink-2 ${busy ? "max-lg:hidden" : ""}`} dir="auto">
        {agent.about}
      </p>
      <div className={`mt-4 ${busy ? "max-lg:hidden" : ""}`}>
        <LanguageSwitch value={language} disabled={busy} onChange={onLanguage} />
      </div>
      <div
        className={`relative mb-1 mt-4 grid place-items-center lg:mt-auto lg:size-[216px] ${busy ? "size-[168px]" : "size-[216px]"}`}
      >
        <VoiceDial levels={call.levels} active={state.phase === "live"} busy={state.phase === "connecting"} />
        <CallButton state={state} onCall={() => void call.begin("web", language)} onHangUp={() => call.hangUp()} />
      </div>
      <div className="min-h-11" aria-live="polite">
        <PhaseLine state={state} />
      </div>
      <div className="mt-3 flex h-10 items-center justify-center gap-2 lg:mb-auto">
        {state.phase === "live" && state.channel === "web" && (
          <MuteButton muted={state.muted} onMuted={(muted) => call.setMuted(muted)} />
        )}
        {state.phase === "live" && <Keypad onPress={(digit) => call.press(digit)} />}
        {!busy && (
          <button
            type="button"
            onClick={() => {
              void call.begin("text", language);
              onType();
            }}
            className="flex h-9 items-center gap-2 rounded-lg px-3 font-medium text-ink-2 transition-colors hover:bg-hover hover:text-ink"
          >
            <Keyboard aria-hidden="true" className="size-4" /> Type instead
          </button>
        )}
      </div>
    </section>
  );
}

interface CallButtonProps {
  readonly state: CallState;
  readonly onCall: () => void;
  readonly onHangUp: () => void;
}

function CallButton({ state, onCall, onHangUp }: CallButtonProps) {
  const round =
    "relative grid place-items-center rounded-full transition-[background-color,transform,box-shadow] duration-200 ease-settle active:scale-[0.97] focus-visible:outline-offset-4";
  if (state.phase === "live" || state.phase === "connecting") {
    return (
      <button
        type="button"
        onClick={onHangUp}
        aria-label="Hang up"
        className={`${round} size-[5.5rem] lg:size-28 ${state.channel === "text" ? "bg-danger-soft text-danger" : "bg-hang-up text-white"} hover:brightness-105`}
      >
        <PhoneOff aria-hidden="true" className="size-9" strokeWidth={1.75} />
      </button>
    );
  }
  return (
    <button
      type="button"
      onClick={onCall}
      aria-label="Call your agent"
      className={`${round} size-28 bg-accent text-accent-ink shadow-[0_10px_30px_-10px_var(--accent)] hover:bg-accent-strong`}
    >
      <Phone aria-hidden="true" className="size-9" strokeWidth={1.75} />
    </button>
  );
}

function PhaseLine({ state }: { state: CallState }) {
  const { phase, channel, listener, muted, durationMs, failure, endReason, startedAtMs } = state;
  if (failure !== undefined)
    return (
      <p role="alert" className="max-w-72 text-pretty text-danger">
        {failure}
      </p>
    );
  switch (phase) {
    case "idle":
      return (
        <p className="font-medium">
          Call your agent<span className="block font-normal text-ink-2">in the browser, with your microphone</span>
        </p>
      );
    case "connecting":
      return <p className="font-medium">Connecting …</p>;
    case "live": {
      const listens =
        listener === "platform" ? "Listening" : listener === "browser" ? "Your browser listens" : "Type to answer";
      const status = channel === "text" ? "Typing" : muted ? "Muted" : listens;
      return (
        <p className="font-medium">
          {startedAtMs !== undefined && <CallClock startedAtMs={startedAtMs} />}
          <span className="block font-normal text-ink-2">{status}</span>
        </p>
      );
    }
    case "ended":
      return (
        <p className="font-medium">
          <span className="figures">{formatDuration(durationMs)}</span>
          <span className="block font-normal text-ink-2">{formatReason(endReason ?? "caller-hung-up")}</span>
        </p>
      );
  }
}

function MuteButton({ muted, onMuted }: { muted: boolean; onMuted: (muted: boolean) => void }) {
  const Icon = muted ? MicOff : Mic;
  return (
    <button
      type="button"
      aria-pressed={muted}
      onClick={() => onMuted(!muted)}
      className="flex h-9 items-center gap-2 rounded-lg border border-line px-3 font-medium text-ink-2 transition-colors hover:border-line-strong hover:text-ink aria-pressed:border-danger aria-pressed:bg-danger-soft aria-pressed:text-danger"
    >
      <Icon aria-hidden="true" className="size-4" /> {muted ? "Unmute" : "Mute"}
    </button>
  );
}

/** Microphone and loudspeaker of a call: one AudioContext, two worklets. */
export interface SoundEvents {
  onFrame(pcm: ArrayBuffer): void;
  onCallerLevel(level: number): void;
  onAgentLevel(level: number): void;
  onPlayed(mark: string): void;
  /** The microphone was unplugged or taken away. */
  onMicrophoneLost(): void;
}

export interface Sound {
  play(pcm: ArrayBuffer): void;
  mark(name: string): void;
  clear(): void;
  setMuted(muted: boolean): void;
  close(): void;
}

export class MicrophoneError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "MicrophoneError";
  }
}

const mends: Record<string, string> = {
  NotAllowedError:
    "The browser may not use the microphone. Allow it beside the address, then call again, or type instead.",
  NotFoundError: "There is no microphone. Plug one in, or type instead.",
  NotReadableError: "Another program holds the microphone. Close it, or type instead.",
};

async function openMicrophone(): Promise<MediaStream> {
  // Undefined on pages that are neither https nor on this machine.
  const devices = navigator.mediaDevices as MediaDevices | undefined;
  if (!devices)
    throw new MicrophoneError(
      "Browsers give the microphone to https pages only. Open Parley over https or on localhost, or type instead.",
    );
  try {
    const audio = { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 };
    return await devices.getUserMedia({ audio });
  } catch (error) {
    const name = error instanceof Error ? error.name : "";
    throw new MicrophoneError(mends[name] ?? "The microphone could not be opened. Type instead.");
  }
}

type PlaybackReport = { type: "played"; name: string } | { type: "level"; level: number };

/** Asks for the microphone. Throws MicrophoneError with the mend. */
export async function openSound(events: SoundEvents): Promise<Sound> {
  const context = new AudioContext({ latencyHint: "interactive" });
  let stream: MediaStream | undefined;
  try {
    [stream] = await Promise.all([
      openMicrophone(),
      context.audioWorklet.addModule("/worklets/capture-worklet.ts"),
      context.audioWorklet.addModule("/worklets/playback-worklet.ts"),
      context.resume(),
    ]);
  } catch (error) {
    await context.close();
    throw error;
  }
  const microphone = stream;
  const capture = new AudioWorkletNode(context, "parley-capture", {
    numberOfOutputs: 0,
    channelCount: 1,
    channelCountMode: "explicit",
  });
  const playback = new AudioWorkletNode(context, "parley-playback", { numberOfInputs: 0, outputChannelCount: [1] });
  context.createMediaStreamSource(microphone).connect(capture);
  playback.connect(context.destination);

  capture.port.onmessage = ({ data }: MessageEvent<{ pcm: ArrayBuffer; level: number }>) => {
    events.onFrame(data.pcm);
    events.onCallerLevel(data.level);
  };
  playback.port.onmessage = ({ data }: MessageEvent<PlaybackReport>) => {
    if (data.type === "level") return events.onAgentLevel(data.level);
    // Played by the graph is not yet heard: the device holds some more.
    const deviceMs = (context.outputLatency || 0) * 1000;
    setTimeout(() => events.onPlayed(data.name), deviceMs);
  };
  for (const track of microphone.getAudioTracks()) track.onended = () => events.onMicrophoneLost();

  return {
    play: (pcm) => playback.port.postMessage({ type: "audio", pcm }, [pcm]),
    mark: (name) => playback.port.postMessage({ type: "mark", name }),
    clear: () => playback.port.postMessage({ type: "clear" }),
    setMuted(muted) {
      for (const track of microphone.getAudioTracks()) track.enabled = !muted;
    },
    close() {
      for (const track of microphone.getTracks()) track.stop();
      void context.close();
    },
  };
}

/** The browser's own speech recognition, where it has one. Some browsers send the sound to their maker for it. */
export interface BrowserRecogniser {
  stop(): void;
}

export interface RecogniserEvents {
  onWords(text: string, isFinal: boolean): void;
  /** It will not come back in this call. */
  onFailed(reason: string): void;
}

interface RecognitionResult {
  readonly isFinal: boolean;
  readonly 0?: { readonly transcript: string };
}

interface Recognition {
  lang: string;
  continuous: boolean;
  interimResults: boolean;
  onresult: ((event: { resultIndex: number; results: ArrayLike<RecognitionResult> }) => void) | null;
  onerror: ((event: { error: string }) => void) | null;
  onend: (() => void) | null;
  start(): void;
  abort(): void;
}

type RecognitionClass = new () => Recognition;

function findRecognition(): RecognitionClass | undefined {
  const scope = globalThis as { SpeechRecognition?: RecognitionClass; webkitSpeechRecognition?: RecognitionClass };
  return scope.SpeechRecognition ?? scope.webkitSpeechRecognition;
}

const fatal: Record<string, string> = {
  "not-allowed": "The browser may not recognise speech on this page.",
  "service-not-allowed": "This browser's speech recognition is switched off.",
  network: "This browser's speech recognition cannot reach its service.",
  "language-not-supported": "This browser does not recognise this language.",
  "audio-capture": "The browser's speech recognition hears no microphone.",
};
/** It ends by itself after silence; ending at once, again and again, means that it does not work. */
const restartPauseMs = 250;
const mostQuickEnds = 6;
const quickEndMs = 1000;

/** Undefined where the browser has none. */
export function startBrowserRecogniser(language: string, events: RecogniserEvents): BrowserRecogniser | undefined {
  const Class = findRecognition();
  if (!Class) return undefined;
  const recognition = new Class();
  let stopped = false;
  let startedAt = performance.now();
  let quickEnds = 0;

  const fail = (reason: string) => {
    if (stopped) return;
    stopped = true;
    recognition.abort();
    events.onFailed(reason);
  };
  const start = () => {
    if (stopped) return;
    startedAt = performance.now();
    try {
      recognition.start();
    } catch {
      fail("The browser's speech recognition could not be started.");
    }
  };

  recognition.lang = language;
  recognition.continuous = true;
  recognition.interimResults = true;
  recognition.onresult = ({ resultIndex, results }) => {
    let interim = "";
    for (let index = resultIndex; index < results.length; index++) {
      const result = results[index];
      const text = result?.[0]?.transcript.trim() ?? "";
      if (!result || text === "") continue;
      if (result.isFinal) events.onWords(text, true);
      else interim = `${interim} ${text}`.trim();
    }
    if (interim !== "") events.onWords(interim, false);
  };
  recognition.onerror = ({ error }) => {
    const reason = fatal[error];
    if (reason !== undefined) fail(reason);
  };
  recognition.onend = () => {
    quickEnds = performance.now() - startedAt < quickEndMs ? quickEnds + 1 : 0;
    if (quickEnds > mostQuickEnds) return fail("The browser's speech recognition keeps stopping.");
    setTimeout(start, restartPauseMs);
  };
  start();
  return {
    stop() {
      stopped = true;
      recognition.abort();
    },
  };
}

// A program of its own: espeak-ng is GPL-3.0 and is only ever talked to through this pipe.
import loadEspeak from "@echogarden/espeak-ng-emscripten";

type SpeakRequest = { id: number; text: string; voice: string };
type EspeakEvent = { type: string; text_position: number; audio_position: number };
type EspeakWorker = {
  samplerate: number;
  set_voice(name: string): number;
  synthesize(text: string, onChunk: (audio: Int16Array, events: EspeakEvent[]) => boolean): void;
};

const espeak = (await loadEspeak()) as { eSpeakNGWorker: new () => EspeakWorker };
const worker = new espeak.eSpeakNGWorker();

function speak(request: SpeakRequest): { samples: Int16Array; words: { position: number; startMs: number }[] } {
  if (worker.set_voice(request.voice) !== 0) worker.set_voice("en-us");
  const chunks: Int16Array[] = [];
  const words: { position: number; startMs: number }[] = [];
  worker.synthesize(request.text, (audio, events) => {
    if (audio.length > 0) chunks.push(audio);
    for (const event of events) {
      if (event.type === "word") words.push({ position: event.text_position - 1, startMs: event.audio_position });
    }
    return false;
  });
  const samples = new Int16Array(chunks.reduce((total, chunk) => total + chunk.length, 0));
  let offset = 0;
  for (const chunk of chunks) {
    samples.set(chunk, offset);
    offset += chunk.length;
  }
  return { samples, words };
}

process.on("message", (request: SpeakRequest) => {
  try {
    process.send?.({ id: request.id, sampleRateHz: worker.samplerate, ...speak(request) });
  } catch (error) {
    process.send?.({ id: request.id, error: String(error) });
  }
});
process.on("disconnect", () => process.exit(0));

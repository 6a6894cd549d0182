import { expect, test } from "vitest";
import { phoneFormat } from "../../audio/frame.ts";
import { createManualClock } from "../../testing/manual-clock.ts";
import { createScriptedTts } from "../../testing/scripted-ports.ts";
import type { SpeechEvent } from "../ports.ts";
import { createPhraseCache, phraseVoiceOf } from "./phrase-cache.ts";
import { SegmentSpeaker } from "./speak-segments.ts";

function openDesk() {
  const clock = createManualClock();
  const textToSpeech = createScriptedTts(clock, { msPerChar: 1 });
  const cache = createPhraseCache();
  const voice = phraseVoiceOf({ language: "en-US" }, textToSpeech, phoneFormat);
  const speak = async (texts: readonly string[]) => {
    const events: SpeechEvent[] = [];
    const speaker = new SegmentSpeaker({
      ...{ voice, textToSpeech, cache, timeZone: "UTC", wallNow: () => 0, signal: new AbortController().signal },
      onSegment: () => undefined,
      onEvent: (event) => void events.push(event),
    });
    for (const text of texts) speaker.pushPhrase(text);
    speaker.end();
    await clock.advance(1000);
    return events.flatMap((event) => (event.type === "audio" ? [[event.segment, event.audio.byteLength]] : []));
  };
  return { speak, textToSpeech };
}

test("phrases one after the other: each is kept as it is, and costs the voice once", async () => {
  const { speak, textToSpeech } = openDesk();
  const both = [
    [0, 10 * 8],
    [1, 22 * 8],
  ];
  expect(await speak(["Recorded!!", "Hello there, who is it"])).toEqual(both);
  expect(await speak(["Recorded!!", "Hello there, who is it"])).toEqual(both);
  expect(textToSpeech.opened).toHaveLength(1);
});

test("what is ready does not overtake what is still coming", async () => {
  const { speak, textToSpeech } = openDesk();
  await speak(["Second."]);
  expect(await speak(["The first one is longer.", "Second."])).toEqual([
    [0, 24 * 8],
    [1, 7 * 8],
  ]);
  expect(textToSpeech.spoken).toEqual(["Second.", "The first one is longer.", "Second."]);
});

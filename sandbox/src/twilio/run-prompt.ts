import type { DocumentRun } from "./document-run.ts";
import type { GatherVerb, PromptVerb } from "./twiml-verbs.ts";

/** Says, plays or pauses; returns early when the call is interrupted. */
export async function runPrompt(run: DocumentRun, verb: PromptVerb): Promise<void> {
  const { world, call, line, signal } = run;
  if (verb.verb === "Pause") return world.pause(verb.lengthMs, signal);
  const bytes = verb.verb === "Say" ? await world.speak(verb.text, verb.language) : await world.fetchSound(verb.url);
  call.said.push(verb.verb === "Say" ? verb.text : verb.url);
  for (let round = 0; round < verb.loop && !signal.aborted; round += 1) {
    await Promise.race([line.play(bytes), aborted(signal)]);
  }
  if (signal.aborted) line.silence();
}

/** Digits pressed during and after the prompts, until enough, the finishing key or `timeoutMs` without a key. */
export async function gatherDigits(
  run: DocumentRun,
  rules: Pick<GatherVerb, "prompts" | "finishOnKey" | "numDigits" | "timeoutMs"> & { keepFinishingKey?: boolean },
): Promise<string> {
  const { world, signal, digits } = run;
  let gathered = "";
  let pressed = 0;
  const finished = new AbortController();
  const prompting = new AbortController();
  digits.listener = (digit) => {
    if (finished.signal.aborted) return;
    pressed += 1;
    prompting.abort();
    const isEnd = rules.finishOnKey.includes(digit);
    if (!isEnd || rules.keepFinishingKey === true) gathered += digit;
    if (isEnd || gathered.length >= rules.numDigits) finished.abort();
  };
  const stopPrompts = AbortSignal.any([signal, prompting.signal]);
  for (const prompt of rules.prompts) {
    if (stopPrompts.aborted) break;
    await runPrompt({ ...run, signal: stopPrompts }, prompt);
  }
  const stop = AbortSignal.any([signal, finished.signal]);
  let seen: number;
  do {
    seen = pressed;
    await world.pause(rules.timeoutMs, stop);
  } while (!stop.aborted && pressed > seen);
  digits.listener = undefined;
  return gathered;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

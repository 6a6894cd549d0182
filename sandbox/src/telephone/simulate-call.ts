import type { TwilioStandIn } from "../twilio/index.ts";
import { checkExpectations, type Verdict } from "./check-expectations.ts";
import { fetchCallEvents, type PlatformApi } from "./platform-api.ts";
import { type CallResult, composeResult } from "./result.ts";
import { prepareTracks, runSteps, type StepRun } from "./run-steps.ts";
import type { Scenario } from "./scenario.ts";
import { Telephone } from "./telephone.ts";

export interface SimulatedCall {
  readonly result: CallResult;
  readonly verdicts: readonly Verdict[];
  readonly passed: boolean;
}

/** One scenario, one call, start to verdict. */
export async function simulateCall(
  twilio: TwilioStandIn,
  scenario: Scenario,
  platform: PlatformApi & { readonly webhookUrl: string },
): Promise<SimulatedCall> {
  const { language, voice, line, from, to } = scenario;
  const telephone = new Telephone({ language, voice, line });
  const tracks = await prepareTracks(telephone, scenario);
  const run: StepRun = { acts: [] };
  const call = twilio.placeCall({ webhookUrl: platform.webhookUrl, from, to, caller: telephone });
  const over = call.ended.finally(() => telephone.close());
  await Promise.all([runSteps({ telephone, call, tracks, run }, scenario.steps), over]);
  const events = await fetchCallEvents(platform, call.sid);
  const lateness = twilio.lateness();
  const result = composeResult({ scenario: scenario.name, telephone, call, run, events, lateness });
  const verdicts = checkExpectations(scenario.expect, result);
  return { result, verdicts, passed: verdicts.every(({ outcome }) => outcome !== "failed") };
}

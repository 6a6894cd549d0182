/** Role `all`, from the settings to the banner, and the end on Ctrl-C. */

import { describeProviders } from "../choose-providers.ts";
import type { Config } from "../config.ts";
import { systemClock } from "../kernel/clock.ts";
import { loadKeyHolders } from "../platform/crypto/load-key-holders.ts";
import { openDatabase } from "../platform/db/open-database.ts";
import { renderBanner } from "./banner.ts";
import { startDashboard } from "./dashboard-process.ts";
import { keepSecret, newApiKey, newTwilioToken } from "./first-start-secrets.ts";
import { createLogger, toLogLine } from "./logger.ts";
import { type Supervisor, startSupervisor } from "./supervisor.ts";

export async function runAll(config: Config, entryPath: string): Promise<void> {
  const startedAt = performance.now();
  const log = createLogger(config.logLevel, "supervisor");
  const { dataDir } = config;
  const keys = loadKeyHolders({ ...config.keys, dataDir, warn: (message) => log.warn(message) });
  const twilioAuthToken = config.twilio.authToken ?? keepSecret(dataDir, "twilio-auth-token", newTwilioToken);
  const demoApiKey = keepSecret(dataDir, "demo-api-key", newApiKey);
  const databaseUrl = config.databaseUrl === undefined ? {} : { databaseUrl: config.databaseUrl };
  const supervisor = await startSupervisor({
    config,
    log,
    entryPath,
    secrets: { twilioAuthToken, demoApiKey },
    async startDatabase() {
      return await openDatabase({ ...databaseUrl, dataDir, keys, clock: systemClock, log: toLogLine(log) });
    },
  });
  const dashboard = startDashboard({ config, log, onState: (state) => supervisor.setDashboard(state) });
  stopOnSignals(supervisor, config, () => dashboard.stop());
  const host =
    config.host === "127.0.0.1" || config.host === "0.0.0.0" || config.host === "::" ? "localhost" : config.host;
  const banner = renderBanner({
    address: `http://${host}:${supervisor.port}`,
    demoApiKey,
    providers: describeProviders(config),
    embedded: config.embedded,
    mediaProcesses: config.mediaProcesses,
    readyAfterMs: performance.now() - startedAt,
    ...(config.publicUrl === undefined ? {} : { publicUrl: config.publicUrl }),
    ...(config.twilio.authToken === undefined ? { madeTwilioToken: twilioAuthToken } : {}),
  });
  console.log(banner);
}

/** The first signal lets calls finish; the second ends them at once. */
function stopOnSignals(supervisor: Supervisor, config: Config, stopDashboard: () => void): void {
  let signals = 0;
  const onSignal = () => {
    signals++;
    if (signals > 2) process.exit(1);
    if (signals === 1) {
      console.log(
        `\nParley is stopping: no new calls; live ones have ${Math.round(config.shutdownGraceMs / 1000)} s. Press Ctrl-C again to stop at once.`,
      );
      stopDashboard();
    }
    void supervisor.stop(signals === 1 ? config.shutdownGraceMs : 0).then(() => process.exit(0));
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
}

/** What the supervisor hands to each process it starts. Secrets travel here and not in the environment. */
import type { DashboardState } from "../entry/process-messages.ts";

export interface ProcessInit {
  /** Login of the application in the database; absent when the node runs without one. */
  readonly databaseUrl?: string;
  /** The installation's root key, base64: everything hangs on it; MASTER_KEY has opened it. */
  readonly masterKey: string;
  readonly twilioAuthToken: string;
  readonly demoApiKey: string;
  readonly mediaIndex: number;
  readonly mediaProcesses: number;
  /** A life of this process that died: what it left open is closed by the next one. */
  readonly deadProcessId?: string;
  /** The port to listen on: a restarted API process comes back on the same one. */
  readonly port: number;
  readonly dashboard: DashboardState;
}

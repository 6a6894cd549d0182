/**
 * The worker's side. An outbox with claims: whoever takes a delivery holds it for a time that outlasts the attempt, and one that
 * is killed leaves nothing but a claim that ends. A delivery is taken only when none before it, of its endpoint and call, waits.
 * Every attempt has a slot of its own: one that hangs holds up what comes after it in its call, and nothing else.
 */
import { sleep } from "../../kernel/clock.ts";
import { type Claim, claimDelivery, releaseClaims } from "./claim-delivery.ts";
import type { DelivererParts } from "./deliverer-parts.ts";
import { postEvent } from "./post-event.ts";
import { openEndpoint } from "./sealed-endpoint.ts";
import { settleDelivery } from "./settle-delivery.ts";
import type { DeliveryRow } from "./webhooks.table.ts";

export interface Deliverer {
  /** What a dead process of this machine had taken is free at once. */
  release(processId: string): Promise<void>;
  /**
   * Until the signal aborts; attempts under way are cut then, and free to be tried at once. Never rejects. Looks when told (`look`) and
   * every 5 seconds: an attempt for later, a retry above all, begins up to 5 seconds after its time.
   */
  run(signal: AbortSignal): Promise<void>;
  /** Something may be due: `run` looks now. */
  look(): void;
  /** Delivers what is due now; returns how many were tried. */
  deliverDue(signal: AbortSignal): Promise<number>;
}

/** At one time: of this process, of one endpoint, of one organisation. */
const mostAtOnce = { process: 128, endpoint: 8, organization: 32 } as const;
const lookEveryMs = 5000;

export function createDeliverer(parts: DelivererParts): Deliverer {
  return new EventDeliverer(parts);
}

class EventDeliverer implements Deliverer {
  private readonly parts: DelivererParts;
  private readonly underWay = new Set<Promise<void>>();
  private mayBeDue = false;
  private wake: (() => void) | undefined;

  constructor(parts: DelivererParts) {
    this.parts = parts;
  }

  async release(processId: string): Promise<void> {
    await releaseClaims(this.parts.db, processId);
  }

  look(): void {
    this.mayBeDue = true;
    this.wake?.();
  }

  async deliverDue(signal: AbortSignal): Promise<number> {
    const begun = await this.begin(signal);
    await Promise.all(begun);
    return begun.length;
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.mayBeDue = false;
      const begun = await this.begin(signal).catch((error: unknown) => {
        this.tell("webhooks could not be looked for", error);
        return [];
      });
      if (begun.length === 0) await this.pause(signal);
    }
    await Promise.all(this.underWay);
    await this.release(this.parts.processId).catch((error: unknown) => {
      this.tell("webhooks that were cut wait for their claims to end", error);
    });
  }

  /** Claims what is due as far as there are slots; the attempts themselves are not waited for. */
  private async begin(signal: AbortSignal): Promise<Promise<void>[]> {
    const { db, clock } = this.parts;
    const free = mostAtOnce.process - this.underWay.size;
    if (free <= 0) return [];
    const { endpoint, organization } = mostAtOnce;
    const now = new Date(clock.wallNow());
    const due = await db.askForIds("webhook_deliveries_due", [now, free, endpoint, organization]);
    const claims = await Promise.all(due.map((id) => this.claim(id)));
    return claims.filter((claim) => claim !== undefined).map((claim) => this.start(claim, signal));
  }

  private async claim(id: string): Promise<Claim | undefined> {
    try {
      return await claimDelivery(this.parts, id);
    } catch (error) {
      this.tell("a webhook could not be claimed", error);
      return undefined;
    }
  }

  private start(claim: Claim, signal: AbortSignal): Promise<void> {
    const attempt = deliverOne(this.parts, claim, signal)
      // Its claim ends, and it is tried again.
      .catch((error: unknown) => this.tell("a webhook's attempt was not recorded", error))
      .finally(() => {
        this.underWay.delete(attempt);
        this.look();
      });
    this.underWay.add(attempt);
    return attempt;
  }

  private async pause(signal: AbortSignal): Promise<void> {
    if (this.mayBeDue) return;
    const woken = new AbortController();
    this.wake = () => woken.abort();
    await sleep(this.parts.clock, lookEveryMs, AbortSignal.any([signal, woken.signal]));
    this.wake = undefined;
  }

  private tell(message: string, error: unknown): void {
    this.parts.log("error", message, { kind: error instanceof Error ? error.name : "unknown" });
  }
}

async function deliverOne(parts: DelivererParts, claim: Claim, signal: AbortSignal): Promise<void> {
  const { clock, rules } = parts;
  const opened = openEndpoint(claim.orgKey, claim.endpoint);
  const body = await composeBody(parts, claim.delivery);
  const startedMs = clock.now();
  const now = new Date(clock.wallNow());
  const secrets = opened.secretsAt(now);
  const atSeconds = Math.floor(now.getTime() / 1000);
  const outcome = await postEvent({ url: opened.url, body, secrets, atSeconds, signal }, rules);
  if (signal.aborted && !outcome.ok) return;
  await settleDelivery(parts, { claim, outcome, durationMs: Math.round(clock.now() - startedMs) });
}

async function composeBody({ callOf }: DelivererParts, delivery: DeliveryRow): Promise<string> {
  const { eventId, type, createdAt, subjectId, callId, facts, orgId } = delivery;
  const call = callId === null ? undefined : await callOf({ orgId, callId });
  const data = { subjectId, callId, ...facts, ...(call === undefined ? {} : { call }) };
  return JSON.stringify({ id: eventId, type, createdAt: createdAt.toISOString(), data });
}

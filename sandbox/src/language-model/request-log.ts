/** What came in and what became of it; fields change while the answer is under way. */
export type ModelRequestRecord = {
  readonly id: string;
  readonly path: string;
  /** Of `performance.now()` of this process. */
  readonly atMs: number;
  readonly body: unknown;
  /** Without the key. */
  readonly headers: Readonly<Record<string, string>>;
  status: number;
  /** Empty until it was answered. */
  text: string;
  toolCalls: readonly { name: string; input: unknown }[];
  tokensSent: number;
  tokensPlanned: number;
  /** The whole answer was sent. */
  finished: boolean;
  /** The client closed the connection before that, after `tokensSent` tokens. */
  disconnected: boolean;
  endedAtMs: number | null;
};

export type LatenessReport = { readonly writes: number; readonly meanMs: number; readonly maxMs: number };

const keptRequests = 2000;

export class RequestLog {
  readonly requests: ModelRequestRecord[] = [];
  #writes = 0;
  #totalMs = 0;
  #maxMs = 0;

  add(record: ModelRequestRecord): void {
    this.requests.push(record);
    if (this.requests.length > keptRequests) this.requests.shift();
  }

  noteLateness(lateMs: number): void {
    this.#writes++;
    this.#totalMs += Math.max(0, lateMs);
    this.#maxMs = Math.max(this.#maxMs, lateMs);
  }

  /** How late this process wrote its tokens: when it was late itself, a measurement against it proves nothing. */
  lateness(): LatenessReport {
    return { writes: this.#writes, meanMs: this.#writes === 0 ? 0 : this.#totalMs / this.#writes, maxMs: this.#maxMs };
  }

  reset(): void {
    this.requests.length = 0;
    this.#writes = 0;
    this.#totalMs = 0;
    this.#maxMs = 0;
  }

  summary(): object {
    const { requests } = this;
    return {
      requests: requests.length,
      finished: requests.filter((each) => each.finished).length,
      disconnected: requests.filter((each) => each.disconnected).length,
      refused: requests.filter((each) => each.status >= 400).length,
      tokensSent: requests.reduce((sum, each) => sum + each.tokensSent, 0),
      lateness: this.lateness(),
    };
  }
}

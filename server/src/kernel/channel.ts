/**
 * A queue between callbacks and one `for await` loop. Pushing never blocks; closing ends the loop after what is queued.
 * One reader only. It ends by closing, never by a race, so nothing is retained per item.
 */
export interface Channel<T> extends AsyncIterable<T> {
  push(item: T): void;
  close(): void;
  readonly size: number;
}

export function createChannel<T>(): Channel<T> {
  let items: T[] = [];
  let closed = false;
  let wake: (() => void) | undefined;

  const signalReader = () => {
    const resolve = wake;
    wake = undefined;
    resolve?.();
  };

  return {
    push(item) {
      if (closed) return;
      items.push(item);
      signalReader();
    },
    close() {
      closed = true;
      signalReader();
    },
    get size() {
      return items.length;
    },
    async *[Symbol.asyncIterator]() {
      for (;;) {
        const batch = items;
        items = [];
        for (const item of batch) yield item;
        if (items.length > 0) continue;
        if (closed) return;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}

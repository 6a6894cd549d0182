/** Things made once for each choice and shared by the calls that use them. What nobody uses goes when there are too many. */

/** Whatever was taken for one call; `release` gives all of it back, once. */
export interface Lease {
  onRelease(giveBack: () => void): void;
  release(): void;
}

export function createLease(): Lease {
  const deeds: (() => void)[] = [];
  return {
    onRelease: (giveBack) => void deeds.push(giveBack),
    release() {
      for (const deed of deeds.splice(0)) deed();
    },
  };
}

export interface ProviderShelf<T, Choice> {
  /** It stays until the lease is released. */
  take(choice: Choice, lease: Lease): T;
  /** How many there are. */
  size(): number;
  close(): void;
}

interface ShelfOptions<T, Choice> {
  readonly make: (choice: Choice) => T;
  readonly close: (made: T) => void;
  /** Kept beyond use; the least recently used go first. Those in use are never counted out. */
  readonly maxKept: number;
}

interface Entry<T> {
  readonly made: T;
  users: number;
}

export function createShelf<T, Choice>({ make, close, maxKept }: ShelfOptions<T, Choice>): ProviderShelf<T, Choice> {
  // In the order of their last use. A name holds the choice's credentials: it goes nowhere else.
  const entries = new Map<string, Entry<T>>();
  const tidy = () => {
    for (const [name, entry] of entries) {
      if (entries.size <= maxKept) return;
      if (entry.users > 0) continue;
      entries.delete(name);
      close(entry.made);
    }
  };
  return {
    take(choice, lease) {
      const name = JSON.stringify(choice);
      const entry = entries.get(name) ?? { made: make(choice), users: 0 };
      entries.delete(name);
      entries.set(name, entry);
      entry.users++;
      lease.onRelease(() => {
        entry.users--;
        tidy();
      });
      tidy();
      return entry.made;
    },
    size: () => entries.size,
    close() {
      for (const { made } of entries.values()) close(made);
      entries.clear();
    },
  };
}

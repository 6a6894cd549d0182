/** Frames that come late or twice are dropped and counted; a stream that renumbers itself is followed. */
export interface OrderCheck {
  /** False when the frame is late or a repeat. Frames without a number are taken as they come. */
  accept(position: number | undefined): boolean;
  outOfOrder(): number;
}

/** After this many late frames in a row it is the numbering that changed: half a second of deafness, no more. */
const renumberedAfter = 25;

export function createOrderCheck(): OrderCheck {
  let last = -1;
  let lateInARow = 0;
  let outOfOrder = 0;
  return {
    accept(position) {
      if (position === undefined) return true;
      if (position <= last && lateInARow < renumberedAfter) {
        lateInARow++;
        outOfOrder++;
        return false;
      }
      last = position;
      lateInARow = 0;
      return true;
    },
    outOfOrder: () => outOfOrder,
  };
}

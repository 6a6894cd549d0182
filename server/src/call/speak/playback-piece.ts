/** One sentence or clause of a reply as sound: what there is of it, what was sent, and how its words lie on it. */

export interface PlaybackPiece {
  readonly replyId: string;
  readonly segment: number;
  /** As generated; what the conversation keeps. */
  readonly text: string;
  /** As spoken; what alignments count. */
  readonly spokenLength: number;
  readonly filler: boolean;
  chunks: Uint8Array[];
  bytes: number;
  /** Sent and not dropped. */
  sentBytes: number;
  heardBytes: number;
  /** No more audio follows. */
  ended: boolean;
  heardNoted: boolean;
  /** How many spoken characters lie before how many bytes; ascending. */
  readonly alignment: { bytes: number; chars: number }[];
}

export function createPiece(
  init: Pick<PlaybackPiece, "replyId" | "segment" | "text" | "spokenLength" | "filler">,
): PlaybackPiece {
  return { ...init, chunks: [], bytes: 0, sentBytes: 0, heardBytes: 0, ended: false, heardNoted: false, alignment: [] };
}

/** The next `maxBytes` unsent bytes, or all there is; one copy only where chunks must be joined. */
export function takeUnsent(piece: PlaybackPiece, maxBytes: number): Uint8Array {
  const from = piece.sentBytes;
  const to = Math.min(piece.bytes, from + maxBytes);
  piece.sentBytes = to;
  let offset = 0;
  const parts: Uint8Array[] = [];
  for (const chunk of piece.chunks) {
    const start = Math.max(from - offset, 0);
    const end = Math.min(to - offset, chunk.byteLength);
    if (start < end) parts.push(chunk.subarray(start, end));
    offset += chunk.byteLength;
    if (offset >= to) break;
  }
  return parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts);
}

/** Speech makes about this many characters a second; used while a piece's length is not known yet. */
const charsPerSecond = 15;

/** The part of the piece's words that was heard, in whole words. */
export function heardText(piece: PlaybackPiece, bytesPerSecond: number): string {
  const { text, heardBytes, bytes } = piece;
  if (heardBytes <= 0) return "";
  if (piece.ended && heardBytes >= bytes) return text;
  const share = Math.min(1, heardShare(piece, bytesPerSecond));
  const cutAt = Math.floor(text.length * share);
  if (cutAt >= text.length) return text;
  const boundary = text.lastIndexOf(" ", cutAt);
  return boundary <= 0 ? "" : text.slice(0, boundary);
}

function heardShare(piece: PlaybackPiece, bytesPerSecond: number): number {
  const { heardBytes, bytes, alignment, spokenLength } = piece;
  if (alignment.length > 0) {
    let before = { bytes: 0, chars: 0 };
    for (const point of alignment) {
      if (point.bytes > heardBytes) {
        const within = (heardBytes - before.bytes) / Math.max(1, point.bytes - before.bytes);
        return (before.chars + within * (point.chars - before.chars)) / Math.max(1, spokenLength);
      }
      before = point;
    }
    return before.chars / Math.max(1, spokenLength);
  }
  const expectedBytes = piece.ended ? bytes : Math.max(bytes, (spokenLength / charsPerSecond) * bytesPerSecond);
  return heardBytes / Math.max(1, expectedBytes);
}

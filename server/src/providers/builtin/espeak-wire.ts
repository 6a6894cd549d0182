/**
 * What the platform and its espeak child say to each other: length-prefixed frames over stdin and stdout.
 * To the child: uint32 length, JSON. From the child: uint32 length, uint8 kind, uint32 request, uint32 characters, bytes.
 */
import type { AudioFormat } from "../../audio/frame.ts";

export type EspeakCommand =
  | {
      readonly id: number;
      readonly text: string;
      readonly language: string;
      readonly voice?: string;
      readonly format: AudioFormat;
    }
  | { readonly cancel: number };

export const answerKind = { ready: 0, audio: 1, end: 2, error: 3 } as const;
export type AnswerKind = (typeof answerKind)[keyof typeof answerKind];

const answerHeader = 9;
const longestFrame = 8 * 1024 * 1024;

export interface EspeakAnswer {
  readonly kind: number;
  readonly id: number;
  /** Audio: characters of the text begun by its end. */
  readonly chars: number;
  readonly bytes: Buffer;
}

export function encodeCommand(command: EspeakCommand): Buffer {
  const body = Buffer.from(JSON.stringify(command));
  const frame = Buffer.allocUnsafe(4 + body.length);
  frame.writeUInt32LE(body.length, 0);
  body.copy(frame, 4);
  return frame;
}

export function encodeAnswer(answer: { kind: AnswerKind; id: number; chars?: number; bytes?: Uint8Array }): Buffer {
  const bytes = answer.bytes ?? new Uint8Array(0);
  const frame = Buffer.allocUnsafe(4 + answerHeader + bytes.length);
  frame.writeUInt32LE(answerHeader + bytes.length, 0);
  frame.writeUInt8(answer.kind, 4);
  frame.writeUInt32LE(answer.id, 5);
  frame.writeUInt32LE(answer.chars ?? 0, 9);
  frame.set(bytes, 4 + answerHeader);
  return frame;
}

export function decodeAnswer(body: Buffer): EspeakAnswer {
  return {
    kind: body.readUInt8(0),
    id: body.readUInt32LE(1),
    chars: body.readUInt32LE(5),
    bytes: body.subarray(answerHeader),
  };
}

/** Cuts a byte stream into frames. Throws when a length makes no sense: the other side is not ours. */
export function createFrameReader(onFrame: (body: Buffer) => void): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    while (rest.length >= 4) {
      const length = rest.readUInt32LE(0);
      if (length > longestFrame) throw new Error(`A frame of ${length} bytes is not one of ours.`);
      if (rest.length < 4 + length) return;
      const body = rest.subarray(4, 4 + length);
      rest = rest.subarray(4 + length);
      onFrame(body);
    }
  };
}

/** A tar archive as it is written, entry by entry: USTAR headers, content of known length, padding. */
const blockBytes = 512;

/** Name: at most 100 bytes. */
export function tarHeader({ name, bytes, atMs }: { name: string; bytes: number; atMs: number }): Buffer {
  const header = Buffer.alloc(blockBytes);
  if (Buffer.byteLength(name) > 100) throw new RangeError("a name in an archive is too long");
  const octal = (value: number, digits: number) => `${Math.trunc(value).toString(8).padStart(digits, "0")}\0`;
  header.write(name, 0);
  header.write(octal(0o600, 7), 100);
  header.write(octal(0, 7), 108);
  header.write(octal(0, 7), 116);
  header.write(octal(bytes, 11), 124);
  header.write(octal(atMs / 1000, 11), 136);
  header.write(" ".repeat(8), 148);
  header.write("0", 156);
  header.write("ustar\x0000", 257, "latin1");
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return header;
}

export const tarPadding = (bytes: number): Buffer => Buffer.alloc((blockBytes - (bytes % blockBytes)) % blockBytes);
export const tarEnd: Buffer = Buffer.alloc(2 * blockBytes);

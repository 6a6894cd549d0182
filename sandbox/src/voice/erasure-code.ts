/** Three parity bytes over GF(256): any three lost bytes of a codeword can be computed back. */
export const PARITY_BYTES = 3;

const exp = new Uint8Array(510);
const log = new Uint8Array(256);
for (let i = 0, value = 1; i < 255; i++) {
  exp[i] = value;
  exp[i + 255] = value;
  log[value] = i;
  value <<= 1;
  if (value & 0x100) value ^= 0x11d;
}

function multiply(a: number, b: number): number {
  if (a === 0 || b === 0) return 0;
  return exp[(log[a] ?? 0) + (log[b] ?? 0)] ?? 0;
}

function divide(a: number, b: number): number {
  if (a === 0) return 0;
  return exp[(log[a] ?? 0) + 255 - (log[b] ?? 0)] ?? 0;
}

function computeSyndrome(codeword: Uint8Array, power: number): number {
  let sum = 0;
  for (let i = 0; i < codeword.length; i++) sum ^= multiply(codeword[i] ?? 0, exp[(i * power) % 255] ?? 0);
  return sum;
}

/**
 * The codeword with the three bytes from `start` on computed from the others.
 * Always has a solution: whether it is the right one is for the caller's checksum to say.
 */
export function restoreBytes(codeword: Uint8Array, start: number): Uint8Array {
  const [x, y, z] = [0, 1, 2].map((i) => exp[(start + i) % 255] ?? 0) as [number, number, number];
  const [s0, s1, s2] = [0, 1, 2].map((power) => computeSyndrome(codeword, power)) as [number, number, number];
  // Lagrange's form of the 3 × 3 Vandermonde system: one denominator for each unknown.
  const solve = (own: number, a: number, b: number): number =>
    divide(s2 ^ multiply(s1, a ^ b) ^ multiply(s0, multiply(a, b)), multiply(own ^ a, own ^ b));
  const restored = codeword.slice();
  [solve(x, y, z), solve(y, x, z), solve(z, x, y)].forEach((error, i) => {
    restored[start + i] = (restored[start + i] ?? 0) ^ error;
  });
  return restored;
}

/** The bytes followed by their parity. At most 252 bytes. */
export function appendParity(bytes: Uint8Array): Uint8Array {
  const codeword = new Uint8Array(bytes.length + PARITY_BYTES);
  codeword.set(bytes);
  return restoreBytes(codeword, bytes.length);
}

/** For tests: waits for something of a real socket; bounded. */
export async function until(isTrue: () => boolean, what = "what the test waits for"): Promise<void> {
  const endMs = performance.now() + 5000;
  while (!isTrue()) {
    if (performance.now() > endMs) throw new Error(`never: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

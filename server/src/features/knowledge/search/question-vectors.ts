/** A question's vector. Callers ask the same things, and one question comes in growing pieces: the last ones are kept. */
import type { Embedder } from "../embedder.port.ts";

export interface QuestionVector {
  readonly model: string;
  readonly vector: Float32Array;
}

export type NoteQuestion = (use: { orgId: string; embedder: Embedder; tokens: number }) => void;

interface Asked {
  readonly orgId: string;
  readonly text: string;
  readonly embedder: Embedder;
  readonly signal: AbortSignal;
}

const maxKept = 500;
const maxChars = 2000;

export function createQuestionVectors(onUsed: NoteQuestion) {
  const kept = new Map<string, Float32Array>();
  return {
    /** Throws ProviderError. */
    async of({ orgId, text, embedder, signal }: Asked): Promise<QuestionVector> {
      const model = modelName(embedder);
      const asked = text.trim().slice(0, maxChars);
      const key = JSON.stringify([orgId, model, asked]);
      const known = kept.get(key);
      if (known !== undefined) return { model, vector: known };
      const { vectors, tokens } = await embedder.embed({ texts: [asked], purpose: "query", signal });
      onUsed({ orgId, embedder, tokens });
      const [vector = new Float32Array(embedder.dimensions)] = vectors;
      kept.set(key, vector);
      if (kept.size > maxKept) for (const oldest of [...kept.keys()].slice(0, 50)) kept.delete(oldest);
      return { model, vector };
    },
  };
}

/** Under which vectors are kept: they are comparable when vendor, model and length are the same. */
export function modelName({ provider, model, dimensions }: Embedder): string {
  return `${provider}/${model}/${dimensions}`;
}

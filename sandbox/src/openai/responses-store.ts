import { Refusal } from "../language-model/model-types.ts";
import type { ResponseItem } from "./responses-items.ts";

const keptItems = 5000;

/** Items of answers by id, so that a later request may refer to them. */
export class ResponsesStore {
  readonly #items = new Map<string, ResponseItem>();
  /** The whole conversation that ended in this response. */
  readonly #responses = new Map<string, readonly ResponseItem[]>();

  keep(
    responseId: string,
    conversation: readonly ResponseItem[],
    output: readonly (readonly [string, ResponseItem])[],
  ): void {
    for (const [id, item] of output) this.#items.set(id, item);
    this.#responses.set(responseId, [...conversation, ...output.map(([, item]) => item)]);
    for (const map of [this.#items, this.#responses]) {
      for (const key of map.keys()) {
        if (map.size <= keptItems) break;
        map.delete(key);
      }
    }
  }

  item(id: string): ResponseItem {
    const found = this.#items.get(id);
    if (found === undefined) throw new Refusal(404, `Item with id '${id}' not found.`, { param: "input" });
    return found;
  }

  conversation(responseId: string): readonly ResponseItem[] {
    const found = this.#responses.get(responseId);
    if (found !== undefined) return found;
    throw new Refusal(400, `Previous response with id '${responseId}' not found.`, {
      param: "previous_response_id",
      code: "previous_response_not_found",
    });
  }
}

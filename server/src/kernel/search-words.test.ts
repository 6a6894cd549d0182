import { expect, test } from "vitest";
import { searchWords } from "./search-words.ts";

test.each([
  ["Crème BRÛLÉE, please!", ["creme", "brulee", "please"]],
  ["I'd like to re-book for 10:30", ["id", "like", "to", "re", "book", "for", "10", "30"]],
  ["عايز أحجز ميعاد", ["عايز", "احجز", "ميعاد"]],
  ["الحجز والحجز بالحجز حجز للحجز", ["حجز", "حجز", "حجز", "حجز", "حجز"]],
  ["مَدْرَسَة مدرسه المدرســة", ["مدرسه", "مدرسه", "مدرسه"]],
  ["٠١٠ ۱۲۳", ["010", "123"]],
  ["إلى على الله", ["الي", "علي", "الله"]],
  ["  …  ", []],
])("%s", (text, words) => {
  expect(searchWords(text)).toEqual(words);
});

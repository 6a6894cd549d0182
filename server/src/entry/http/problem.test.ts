import fastify from "fastify";
import { expect, test } from "vitest";
import { z } from "zod";
import { useProblems } from "./problem.ts";

test("a field that is not there is called missing, unless its schema says more; one of another type is told as such", () => {
  useProblems(fastify());
  const body = z.object({ name: z.string(), url: z.string({ error: "must be an address" }), count: z.number() });
  const { error } = body.safeParse({ count: "three" });
  expect(error?.issues.map(({ path, message }) => `${path.join(".")}: ${message}`)).toEqual([
    "name: is missing",
    "url: must be an address",
    "count: Invalid input: expected number, received string",
  ]);
});

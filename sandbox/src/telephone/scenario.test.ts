import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readScenario, ScenarioError } from "./scenario.ts";

const folder = join(import.meta.dirname, "../../scenarios");

test.each(readdirSync(folder).filter((name) => name.endsWith(".yaml")))("%s is a scenario", (name) => {
  expect(readScenario(readFileSync(join(folder, name), "utf8"), name).name).toBe(name.replace(".yaml", ""));
});

test("problems name file, line and field", () => {
  const yaml = "name: x\nsteps:\n  - sing: la\n  - bargeIn: { afterMs: soon, say: hm }\nexpect:\n  herd: 1\n";
  let message = "";
  try {
    readScenario(yaml, "bad.yaml");
  } catch (error) {
    expect(error).toBeInstanceOf(ScenarioError);
    message = (error as Error).message;
  }
  expect(message.split("\n")).toEqual([
    expect.stringMatching(/^bad\.yaml:3: steps\.0: no such step; a step is one of say, /),
    expect.stringMatching(/^bad\.yaml:4: steps\.1: bargeIn\.afterMs: /),
    expect.stringMatching(/^bad\.yaml:6: expect: .*"herd"/),
  ]);
  expect(() => readScenario("a: [", "bad.yaml")).toThrow(/bad\.yaml:1: not YAML/);
});

/** The kept OpenAPI document is whole: `npm run check` keeps it equal to what is served. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { permissions } from "@parley/contract/permission";
import { describe, expect, it } from "vitest";

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly description?: string;
}
interface Operation {
  readonly operationId: string;
  readonly summary?: string;
  readonly tags: readonly string[];
  readonly security: readonly Record<string, unknown>[];
  readonly "x-permission"?: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Record<string, { schema: object }> };
  readonly responses: Record<string, { description: string; content?: Record<string, { schema: object }> }>;
}

const text = readFileSync(join(dirname(import.meta.dirname), "docs", "openapi.json"), "utf8");
const document = JSON.parse(text) as {
  openapi: string;
  servers: readonly { url: string }[];
  tags: readonly { name: string; description?: string }[];
  components: { securitySchemes: Record<string, unknown> };
  paths: Record<string, Record<string, Operation>>;
};
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, ...operation })),
);
const faults = (isRight: (operation: (typeof operations)[number]) => boolean) =>
  operations.filter((operation) => !isRight(operation)).map(({ operationId }) => operationId);

function resolve(pointer: string): unknown {
  let value: unknown = document;
  for (const part of pointer.replace("#/", "").split("/"))
    value = (value as Record<string, unknown> | undefined)?.[part];
  return value;
}

describe("the OpenAPI document", () => {
  it("is of version 3.1, with servers and every way to sign in", () => {
    expect(document.openapi).toBe("3.1.0");
    expect(document.servers.length).toBeGreaterThan(0);
    expect(Object.keys(document.components.securitySchemes)).toEqual(["apiKey", "accessToken", "sessionCookie"]);
  });

  it("names each operation once, groups and summarises it", () => {
    expect(operations.length).toBeGreaterThan(100);
    expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
    const described = new Set(document.tags.filter((tag) => tag.description).map(({ name }) => name));
    expect(faults(({ summary, tags }) => Boolean(summary) && tags.every((tag) => described.has(tag)))).toEqual([]);
  });

  it("describes every parameter, those of the path among them", () => {
    const isWhole = ({ path, parameters = [] }: (typeof operations)[number]) => {
      const wanted = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const given = parameters.filter((each) => each.in === "path").map(({ name }) => name);
      const isDeclared = given.length === wanted.length && wanted.every((name = "") => given.includes(name));
      return isDeclared && parameters.every(({ description }) => description);
    };
    expect(faults(isWhole)).toEqual([]);
  });

  it("says for each operation who may, and how a refusal looks", () => {
    const known: readonly string[] = [...permissions, "account", "installation"];
    const isWhole = ({ security, responses, ...rest }: (typeof operations)[number]) => {
      const permission = rest["x-permission"];
      if (security.length === 0) return permission === undefined;
      return known.includes(permission ?? "") && "401" in responses && "403" in responses;
    };
    expect(faults(isWhole)).toEqual([]);
    const problems = (responses: Operation["responses"]) =>
      Object.entries(responses).filter(([status]) => Number(status) >= 400);
    expect(
      faults(({ responses }) =>
        problems(responses).every(([, { content }]) => content?.["application/problem+json"] !== undefined),
      ),
    ).toEqual([]);
    expect(faults(({ responses }) => ["429", "500"].every((status) => status in responses))).toEqual([]);
    expect(faults(({ responses }) => Object.keys(responses).some((status) => /^[23]/.test(status)))).toEqual([]);
  });

  it("describes what is sent, files too, and what is refused of it", () => {
    const withBody = operations.filter(({ requestBody }) => requestBody !== undefined);
    expect(withBody.length).toBeGreaterThan(30);
    const refusals = ["400", "413", "415"];
    expect(withBody.filter(({ responses }) => !refusals.slice(1).every((each) => each in responses))).toEqual([]);
    expect(document.paths["/api/v1/contact-imports"]?.["post"]?.requestBody?.content["text/csv"]).toEqual({
      schema: { type: "string", format: "binary" },
    });
    expect(text).not.toContain('"consumes"');
  });

  it("refers to nothing that is not there", () => {
    const pointers = new Set([...text.matchAll(/"\$ref": "([^"]+)"/g)].map(([, pointer = ""]) => pointer));
    expect([...pointers].filter((pointer) => resolve(pointer) === undefined)).toEqual([]);
  });
});

import { randomBytes } from "node:crypto";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { keyedHash, newKey, open, seal, UnsealError, unwrapKey, wrapKey } from "./envelope.ts";
import { loadMasterKey } from "./master-key.ts";

const place = { orgId: "org_1", owner: "call_1", seq: 3 };
const content = { text: "my name is Mona", nested: [1, null, "é"] };

test("what is sealed opens with the same key in the same place, and reads differently each time", () => {
  const key = newKey();
  const sealed = seal(key, place, content);
  expect(open(key, place, sealed)).toEqual(content);
  expect(sealed.includes("Mona")).toBe(false);
  expect(seal(key, place, content).equals(sealed)).toBe(false);
});

test("another key, organisation, call, number, or any changed byte does not open", () => {
  const key = newKey();
  const sealed = seal(key, place, content);
  expect(() => open(newKey(), place, sealed)).toThrow(UnsealError);
  for (const other of [{ orgId: "org_2" }, { owner: "call_2" }, { seq: 4 }]) {
    expect(() => open(key, { ...place, ...other }, sealed)).toThrow(UnsealError);
  }
  for (let index = 0; index < sealed.length; index++) {
    const changed = Buffer.from(sealed);
    changed[index] = (changed[index] ?? 0) ^ 1;
    expect(() => open(key, place, changed), `byte ${index}`).toThrow(UnsealError);
  }
  expect(() => open(key, place, Buffer.alloc(0))).toThrow(UnsealError);
});

test("keys unwrap under the key above, by their own name only", () => {
  const [master, organization] = [newKey(), newKey()];
  const wrapped = wrapKey(master, organization, "org_1");
  expect(unwrapKey(master, wrapped, "org_1")).toEqual(organization);
  expect(() => unwrapKey(master, wrapped, "org_2")).toThrow(UnsealError);
  expect(() => unwrapKey(newKey(), wrapped, "org_1")).toThrow(UnsealError);
});

test("keyed hashes are equal for equal values under one key only", () => {
  const key = newKey();
  expect(keyedHash(key, "+1")).toEqual(keyedHash(key, "+1"));
  expect(keyedHash(key, "+1")).not.toEqual(keyedHash(newKey(), "+1"));
});

test("a master key is made once, for its owner only, with a warning; a wrong setting is named with its mend", () => {
  const dataDir = mkdtempSync(join(tmpdir(), "parley-key-"));
  try {
    const warnings: string[] = [];
    const load = (masterKey?: string) =>
      loadMasterKey({
        dataDir,
        warn: (message) => warnings.push(message),
        ...(masterKey === undefined ? {} : { masterKey }),
      });
    const made = load();
    expect(made).toHaveLength(32);
    expect(load()).toEqual(made);
    expect(warnings).toHaveLength(1);
    expect(readdirSync(dataDir)).toEqual(["master.key"]);
    expect(statSync(join(dataDir, "master.key")).mode & 0o777).toBe(0o600);
    const own = randomBytes(32);
    expect(load(own.toString("base64"))).toEqual(own);
    for (const wrong of ["short", "not base64 at all, though long enough?", randomBytes(31).toString("base64")]) {
      expect(() => load(wrong)).toThrow(/MASTER_KEY must be 32 bytes in base64.*openssl/);
    }
  } finally {
    rmSync(dataDir, { recursive: true });
  }
});

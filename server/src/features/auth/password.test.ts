import { expect, test } from "vitest";
import { hashPassword, verifyPassword } from "./password.ts";

test("two passwords are hashed at a time; more wait, and a flood is turned away", { timeout: 60_000 }, async () => {
  const kept = await hashPassword("correct horse battery");
  const flood = await Promise.allSettled(Array.from({ length: 70 }, () => verifyPassword("wrong horse", kept)));
  const refused = flood.filter((one) => one.status === "rejected");
  expect(refused).toHaveLength(8);
  expect(refused[0]).toMatchObject({ reason: { code: "too_many_requests" } });
  expect(flood.filter((one) => one.status === "fulfilled" && !one.value)).toHaveLength(62);
  expect(await verifyPassword("correct horse battery", kept)).toBe(true);
});

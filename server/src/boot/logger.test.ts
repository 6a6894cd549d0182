import { expect, test } from "vitest";
import { withoutPersonal } from "./logger.ts";

test("what slipped into a line does not leave; times, ids, versions and addresses of machines do", () => {
  const slipped = {
    msg: "could not reach sara@mail.example at +447911123456",
    card: "4111 1111 1111 1111",
    id: 29001011234567,
  };
  expect(withoutPersonal(JSON.stringify(slipped))).toBe(
    JSON.stringify({ msg: "could not reach [e-mail address] at [phone number]", card: "[number]", id: 0 }).replace(
      ":0",
      ":[number]",
    ),
  );
  const plain = {
    ...{ time: "2026-11-21T13:30:40.123Z", startedAtMs: 1763731840123, ms: 12.34567890123456, at: "10.0.0.1:5432" },
    ...{
      callId: "call_01m7z4h7hy4wey8m10rxg0j2ac",
      sid: "CA12345678901234567890123456789012",
      hash: "00112233445566778899aabbccddeeff",
    },
  };
  expect(withoutPersonal(JSON.stringify(plain))).toBe(JSON.stringify(plain));
});

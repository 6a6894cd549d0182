import twilio from "twilio";
import { expect, test } from "vitest";
import { signRequest } from "./signature.ts";

const fields = new URLSearchParams({
  CallSid: "CA1234567890ABCDE",
  Caller: "+14158675310",
  Digits: "1234",
  From: "+14158675310",
  To: "+18005551212",
});

test("Twilio's printed example and the socket vectors", () => {
  expect(signRequest("12345", "https://example.com/myapp.php?foo=1&bar=2", fields)).toBe(
    "L/OH5YylLD5NRKLltdqwSvS0BnU=",
  );
  expect(signRequest("12345", "wss://example.com/media")).toBe("7PR3qMkpDyEJtMrVOY/LDyNq8J8=");
  expect(signRequest("12345", "wss://example.com/media/")).toBe("T+WBXwUXC0/CyoZ1DA+p9ilZORs=");
});

test.each(["http://127.0.0.1:3000/in", "https://example.com:8443/in?a=b", "https://example.com/in"])(
  "the SDK's validator agrees on %s",
  (url) => {
    const repeated = new URLSearchParams("b=2&a=z&a=y&a=z&B=&empty=");
    const params = { b: "2", a: ["z", "y", "z"], B: "", empty: "" };
    expect(twilio.validateRequest("tok", signRequest("tok", url, repeated), url, params)).toBe(true);
    expect(twilio.validateRequest("other", signRequest("tok", url, repeated), url, params)).toBe(false);
  },
);

test("https addresses lose user, password and port", () => {
  const plain = signRequest("tok", "https://example.com/in?a=b");
  expect(signRequest("tok", "https://user:secret@example.com:8443/in?a=b")).toBe(plain);
  expect(signRequest("tok", "http://user:secret@example.com/in?a=b")).not.toBe(
    signRequest("tok", "http://example.com/in?a=b"),
  );
});

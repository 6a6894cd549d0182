import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { connectStreamTwiml, escapeXml, rejectTwiml, sayAndHangUpTwiml } from "./twiml.ts";
import { signTwilioRequest, verifyTwilioSignature } from "./verify-signature.ts";

const fields = {
  CallSid: "CA1234567890ABCDE",
  Caller: "+14158675310",
  Digits: "1234",
  From: "+14158675310",
  To: "+18005551212",
};
const url = "https://example.com/myapp.php?foo=1&bar=2";
const known = "L/OH5YylLD5NRKLltdqwSvS0BnU=";

describe("signature", () => {
  test("the published vectors", () => {
    expect(signTwilioRequest("12345", url, fields)).toBe(known);
    expect(signTwilioRequest("12345", "wss://example.com/media")).toBe("7PR3qMkpDyEJtMrVOY/LDyNq8J8=");
    expect(signTwilioRequest("12345", "wss://example.com/media/")).toBe("T+WBXwUXC0/CyoZ1DA+p9ilZORs=");
  });

  test("one changed character anywhere is refused", () => {
    const good = { authToken: "12345", signature: known, url, fields };
    expect(verifyTwilioSignature(good)).toBe(true);
    expect(verifyTwilioSignature({ ...good, authToken: "12346" })).toBe(false);
    expect(verifyTwilioSignature({ ...good, url: url.replace("foo=1", "foo=2") })).toBe(false);
    expect(verifyTwilioSignature({ ...good, fields: { ...fields, Digits: "1235" } })).toBe(false);
    expect(verifyTwilioSignature({ ...good, fields: { ...fields, Extra: "" } })).toBe(false);
    expect(verifyTwilioSignature({ ...good, signature: undefined })).toBe(false);
    expect(verifyTwilioSignature({ ...good, signature: "" })).toBe(false);
    expect(verifyTwilioSignature({ ...good, signature: `${known}x` })).toBe(false);
    expect(verifyTwilioSignature({ ...good, authToken: "", signature: signTwilioRequest("", url, fields) })).toBe(
      false,
    );
  });

  test("fields are sorted by code unit, arrays de-duplicated and sorted, empty ones count", () => {
    const unsorted = { b: "2", B: "1", a: ["y", "x", "y"], empty: "" };
    const text = "https://example.com/pB1axayb2empty";
    expect(signTwilioRequest("t", "https://example.com/p", unsorted)).toBe(signTwilioRequest("t", text));
  });

  test("https loses its port and http keeps it, whichever we were told", () => {
    const signature = signTwilioRequest("t", "https://example.com/in", fields);
    expect(verifyTwilioSignature({ authToken: "t", signature, url: "https://example.com:8443/in", fields })).toBe(true);
    const withPort = signTwilioRequest("t", "http://127.0.0.1:3000/in", fields);
    expect(
      verifyTwilioSignature({ authToken: "t", signature: withPort, url: "http://127.0.0.1:3000/in", fields }),
    ).toBe(true);
    const defaultPort = signTwilioRequest("t", "https://example.com:443/in", fields);
    expect(
      verifyTwilioSignature({ authToken: "t", signature: defaultPort, url: "https://example.com/in", fields }),
    ).toBe(true);
  });

  test("a socket's URL matches with and without a trailing slash", () => {
    for (const signature of ["7PR3qMkpDyEJtMrVOY/LDyNq8J8=", "T+WBXwUXC0/CyoZ1DA+p9ilZORs="]) {
      expect(verifyTwilioSignature({ authToken: "12345", signature, url: "wss://example.com/media" })).toBe(true);
      expect(verifyTwilioSignature({ authToken: "12345", signature, url: "wss://example.com/media/" })).toBe(true);
    }
    expect(verifyTwilioSignature({ authToken: "12345", signature: known, url: "wss://example.com/media" })).toBe(false);
  });

  test("a body hash in the URL must match the body", () => {
    const rawBody = Buffer.from('{"a":1}');
    const hashed = `https://example.com/j?bodySHA256=${createHash("sha256").update(rawBody).digest("hex")}`;
    const signature = signTwilioRequest("t", hashed);
    expect(verifyTwilioSignature({ authToken: "t", signature, url: hashed, rawBody })).toBe(true);
    expect(verifyTwilioSignature({ authToken: "t", signature, url: hashed, rawBody: Buffer.from('{"a":2}') })).toBe(
      false,
    );
    expect(verifyTwilioSignature({ authToken: "t", signature, url: hashed })).toBe(false);
  });
});

describe("TwiML", () => {
  test("joins the call to the stream, the token as parameter, the redirect behind the connect", () => {
    const xml = connectStreamTwiml({
      streamUrl: "wss://example.com/telephony/twilio/media/0",
      token: `a"b&c<d>'e`,
      actionUrl: "https://example.com/a?x=1&y=2",
      resumeUrl: "https://example.com/r",
    });
    expect(xml).toContain(
      '<Parameter name="token" value="a&quot;b&amp;c&lt;d&gt;&apos;e"/></Stream></Connect><Redirect',
    );
    expect(xml).toContain('action="https://example.com/a?x=1&amp;y=2"');
    expect(xml.startsWith('<?xml version="1.0" encoding="UTF-8"?><Response>')).toBe(true);
  });

  test("what XML cannot carry is dropped, Arabic and emoji stay", () => {
    expect(escapeXml("a\u0000b\u0008\ufffe مرحبا 🙂 \ud800")).toBe("ab مرحبا 🙂 ");
    expect(sayAndHangUpTwiml("مع السلامة", "ar-EG")).toContain('<Say language="ar-EG">مع السلامة</Say><Hangup/>');
    expect(rejectTwiml("busy")).toContain('<Reject reason="busy"/>');
  });
});

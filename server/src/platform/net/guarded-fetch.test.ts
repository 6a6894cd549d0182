import { createServer, type IncomingHttpHeaders, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { createGuardedFetch, OutboundError } from "./guarded-fetch.ts";
import type { AskDns } from "./guarded-lookup.ts";

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  cleanups.push(() => (server.closeAllConnections(), server.close()));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const request = { signal: new AbortController().signal, timeoutMs: 5000, maxBytes: 1000 };
const failureOf = (asked: Promise<unknown>) =>
  asked.then(
    () => "none",
    (error: unknown) => (error instanceof OutboundError ? error.failure : String(error)),
  );
const closed = { allowPrivate: false, allowLoopback: false };

test.for([
  ...["http://2130706433/", "http://0x7f000001/", "http://0177.0.0.1/", "http://127.1/", "http://127.0.0.1./"],
  ...["http://[::1]/", "http://[::ffff:127.0.0.1]/", "http://[::ffff:a9fe:a9fe]/", "http://[64:ff9b::a9fe:a9fe]/"],
  ...[
    "http://[2002:7f00:1::]/",
    "http://[fd00::1]/",
    "http://[fe80::1]/",
    "http://[::]/",
    "http://0/",
    "http://①②⑦.0.0.1/",
  ],
  ...[
    "http://169.254.169.254/latest/meta-data/",
    "http://100.100.100.200/",
    "file:///etc/passwd",
    "gopher://10.0.0.1/",
  ],
])("%s is not asked, however it is written", async (url) => {
  const asked: string[] = [];
  const dns: AskDns = (hostname, _options, answer) => {
    asked.push(hostname);
    answer(null, [{ address: "127.0.0.1", family: 4 }]);
  };
  expect(await failureOf(createGuardedFetch(closed, dns)(url, request))).toBe("address-not-allowed");
  expect(asked).toEqual([]);
});

test.for([
  "http://169.254.169.254/latest/meta-data/",
  "http://[::ffff:a9fe:a9fe]/",
  "http://[fe80::1]/",
  "http://[fd00:ec2::254]/",
])("%s is not asked even where private networks are open", async (url) => {
  const open = { allowPrivate: true, allowLoopback: true };
  expect(await failureOf(createGuardedFetch(open)(url, request))).toBe("address-not-allowed");
});

test("a name that changes its answer, or has a private address beside a public one, leads nowhere", async () => {
  let received = 0;
  const url = await serve((_request, response) => {
    received++;
    response.end("inside");
  });
  const { port } = new URL(url);
  const answers = [
    [{ address: "127.0.0.1", family: 4 }],
    [
      { address: "93.184.216.34", family: 4 },
      { address: "127.0.0.1", family: 4 },
    ],
    [{ address: "::ffff:127.0.0.1", family: 6 }],
  ];
  const dns: AskDns = (_hostname, _options, answer) => answer(null, answers.shift() ?? []);
  const fetch = createGuardedFetch(closed, dns);
  for (let at = 0; at < 4; at++) {
    expect(await failureOf(fetch(`http://rebinding.example:${port}/`, request))).toBe("address-not-allowed");
  }
  expect(received).toBe(0);
});

test("a redirect to another server takes no secret with it, whatever the header is called", async () => {
  const seen: IncomingHttpHeaders[] = [];
  const other = await serve(({ headers }, response) => {
    seen.push(headers);
    response.end("there");
  });
  const url = await serve(({ headers, url: path }, response) => {
    seen.push(headers);
    response.writeHead(307, { location: path === "/own" ? "/" : other }).end();
  });
  const headers = { "X-Shop-Token": "hush", cookie: "a=hush", Authorization: "Bearer hush", accept: "text/plain" };
  const answer = await createGuardedFetch({ ...closed, allowLoopback: true })(`${url}/own`, { ...request, headers });
  expect(answer.body.toString()).toBe("there");
  expect(seen.map((each) => [each["x-shop-token"], each["accept"]])).toEqual([
    ["hush", "text/plain"],
    ["hush", "text/plain"],
    [undefined, "text/plain"],
  ]);
  expect(JSON.stringify(seen[2])).not.toContain("hush");
});

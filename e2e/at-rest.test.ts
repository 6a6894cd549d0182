/**
 * What lies on the disk after calls, contacts, bookings and messages: words, names and numbers that occur nowhere else are searched
 * for in every file under DATA_DIR, the database's and its write-ahead log among them, and in everything that was printed.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { eventsOf, startWorld, told, type World, waitUntil } from "./world.ts";

const minute = 60_000;
const greeted = { waitFor: "agentDone" } as const;
const done = { waitFor: "agentDone", withinMs: 20_000 } as const;

/** English and Arabic; none of them is in the program, its templates or its tests' defaults. */
const secrets = {
  spoken: "Zarquonella",
  spokenToo: "marzipan trombone",
  caller: "+14155550137",
  dictated: "6175550183",
  contactName: "Wendolyne Krabappelski",
  contactEmail: "wendolyne@krabappel-family.example",
  contactPhone: "+447911123456",
  note: "glockenspiel allergy",
  arabicName: "زمردة القرنفلي",
  arabicWord: "طرطشة الفسدق",
  arabicPhone: "+201223344556",
  messageWord: "bandersnatch",
  secondFactorName: "Ignatius Thistlewaite",
} as const;

const keep = mkdtempSync(join(tmpdir(), "parley-at-rest-"));
let world: World;
beforeAll(async () => {
  world = await startWorld({ env: { LOG_LEVEL: "debug" }, dataDir: keep });
}, minute);
afterAll(async () => {
  await world?.close();
  rmSync(keep, { recursive: true, force: true });
}, minute);

async function ask(path: string, init: { method?: string; body?: unknown } = {}): Promise<Response> {
  const { url, apiKey } = world.platform;
  const json = init.body === undefined ? {} : { "content-type": "application/json" };
  const answer = await fetch(`${url}/api/v1${path}`, {
    method: init.method ?? (init.body === undefined ? "GET" : "POST"),
    headers: { authorization: `Bearer ${apiKey}`, "idempotency-key": crypto.randomUUID(), ...json },
    ...(init.body === undefined ? {} : { body: JSON.stringify(init.body) }),
  });
  expect(answer.status, `${path}: ${await answer.clone().text()}`).toBeLessThan(300);
  return answer;
}
const askJson = async <T>(path: string, init?: { method?: string; body?: unknown }) =>
  (await (await ask(path, init)).json()) as T;

/** As the owner does. */
async function configure(agentId: string, config: object): Promise<void> {
  const { revision } = await askJson<{ revision: number }>(`/agents/${agentId}`);
  const changed = await askJson<{ revision: number }>(`/agents/${agentId}`, {
    method: "PATCH",
    body: { revision, config },
  });
  await ask(`/agents/${agentId}/versions`, { body: { revision: changed.revision } });
}

async function makeContacts(): Promise<string> {
  const consents = { memory: { granted: true, how: "in the test" } };
  const contact = await askJson<{ id: string }>("/contacts", {
    body: {
      name: secrets.contactName,
      phones: [{ number: secrets.contactPhone, label: "mobile" }],
      emails: [secrets.contactEmail],
      notes: secrets.note,
      consents,
    },
  });
  await ask("/contacts", {
    body: {
      name: secrets.arabicName,
      phones: [{ number: secrets.arabicPhone, label: "mobile" }],
      notes: secrets.arabicWord,
    },
  });
  return contact.id;
}

async function bookByPhone(): Promise<string> {
  const call = await world.call({
    from: secrets.caller,
    steps: [
      greeted,
      { say: "I would like to book a cleaning next Tuesday at three in the afternoon." },
      done,
      { say: `My name is ${secrets.spoken}. Please remember the ${secrets.spokenToo}.` },
      done,
      { say: "My number is six one seven, five five five, zero one eight three." },
      done,
      { say: "Yes, that is right." },
      done,
      { hangUp: "now" },
    ],
    expect: { tools: { called: ["book_appointment"] } },
  });
  expect(call.passed, told(call)).toBe(true);
  // They did reach the platform.
  expect(JSON.stringify(eventsOf(call))).toMatch(/zarquonella/i);
  expect(JSON.stringify(eventsOf(call))).toMatch(/marzipan trombone/i);
  return call.result.callSid;
}

/** By the built-in front desk, which takes messages for real. */
async function leaveMessages(): Promise<void> {
  const model = { provider: "builtin" };
  const lines = [
    [
      "agent_demo",
      `Can you tell doctor Carter that the ${secrets.messageWord} is loose`,
      `my name is ${secrets.secondFactorName}`,
      "617 555 0183",
      "yes",
    ],
    [
      "agent_demo_ar",
      `عايز أسيب رسالة للدكتور إن ${secrets.arabicWord}`,
      `اسمي ${secrets.arabicName}`,
      secrets.arabicPhone,
      "أيوه",
    ],
  ] as const;
  for (const [agentId, ...words] of lines) {
    await configure(agentId, { model });
    const { callId } = await askJson<{ callId: string }>("/calls", { body: { channel: "text", agentId } });
    for (const text of words) await ask(`/calls/${callId}/messages`, { body: { text } });
    await ask(`/calls/${callId}/control`, { body: { action: "hang-up" } });
    // Stored, and opened again.
    const events = async () => await (await ask(`/calls/${callId}/events?limit=1000`)).text();
    await waitUntil(async () => (await events()).includes('"call-ended"'));
    expect(await events()).toMatch(/"tool-finished"[^}]*"take_message"|"take_message"[^}]*"ok"/);
    for (const word of words) expect(await events()).toContain(word);
  }
}

/** Everything about a contact, in clear, leaves only through the API: the archive on the disk is sealed. */
async function exportContact(contactId: string): Promise<void> {
  const { id } = await askJson<{ id: string }>("/privacy-jobs", { body: { kind: "export", contactId } });
  await waitUntil(async () => (await askJson<{ state: string }>(`/privacy-jobs/${id}`)).state === "done", 30_000);
  const archive = gunzipSync(Buffer.from(await (await ask(`/privacy-jobs/${id}/archive`)).arrayBuffer()));
  expect(archive.includes(secrets.contactName)).toBe(true);
  expect(archive.includes(secrets.note)).toBe(true);
}

function* filesUnder(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesUnder(path);
    else if (entry.isFile()) yield path;
  }
}

/** As it might lie there: each encoding, for base64 at each of its three offsets, for JSON with \u escapes. */
function formsOf(text: string): [string, Buffer][] {
  const utf8 = Buffer.from(text);
  const base64 = [0, 1, 2].map((offset): [string, Buffer] => {
    const shifted = Buffer.concat([Buffer.alloc(offset), utf8]).toString("base64");
    // Only what depends on this text alone.
    const end = shifted.length - (shifted.length % 4 === 0 ? 4 : 0);
    return [`base64+${offset}`, Buffer.from(shifted.slice(4, end))];
  });
  const escaped = [...text]
    .map((letter) => (letter > "~" ? `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}` : letter))
    .join("");
  const utf16 = Buffer.from(text, "utf16le");
  return [
    ["utf-8", utf8],
    ["utf-16le", utf16],
    ["utf-16be", Buffer.from(utf16).swap16()],
    ["hex", Buffer.from(utf8.toString("hex"))],
    ["HEX", Buffer.from(utf8.toString("hex").toUpperCase())],
    ["json", Buffer.from(escaped)],
    ["url", Buffer.from(encodeURIComponent(text))],
    ...base64,
  ];
}

/** Words also as they are commonly written otherwise: small letters, the digits of a number without its plus or country. */
function variantsOf(secret: string): string[] {
  const national = secret.startsWith("+") ? [secret.slice(1), secret.slice(-10), secret.slice(-9)] : [];
  return [
    ...new Set([
      secret,
      secret.toLowerCase(),
      ...national,
      ...(secret.includes(" ") ? secret.split(" ").filter((word) => word.length > 6) : []),
    ]),
  ];
}

function findSecrets(content: ReadonlyMap<string, Buffer>): string[] {
  const found: string[] = [];
  const files = [...content];
  for (const secret of Object.values(secrets).flatMap(variantsOf)) {
    for (const [form, bytes] of formsOf(secret)) {
      const holding = files.filter(([, file]) => file.includes(bytes));
      found.push(...holding.map(([name]) => `${secret} as ${form} in ${name}`));
    }
  }
  return found;
}

async function stopPlatform(): Promise<void> {
  const { pid, exitCode } = world.platform;
  process.kill(pid, "SIGTERM");
  process.kill(pid, "SIGTERM");
  await waitUntil(() => exitCode() !== undefined, 30_000);
}

const readAll = () => {
  const content = new Map<string, Buffer>();
  for (const path of filesUnder(keep)) content.set(path.slice(keep.length), readFileSync(path));
  content.set("what was printed", Buffer.from(world.platform.output()));
  return content;
};

test("nothing that was said, no name and no number lies in clear on the disk or in a log", {
  timeout: 4 * minute,
}, async () => {
  await configure("agent_demo", { recording: { enabled: true, announcement: "This call may be recorded." } });
  const contactId = await makeContacts();
  const sid = await bookByPhone();
  await leaveMessages();
  await exportContact(contactId);
  const recorded = async () => {
    const { items } = await askJson<{ items: { id: string }[] }>(`/calls?externalId=${sid}`);
    const call = await askJson<{ recording: { state: string } | null }>(`/calls/${items[0]?.id}`);
    return call.recording?.state === "complete";
  };
  await waitUntil(recorded, 30_000);
  await stopPlatform();

  const content = readAll();
  const names = [...content.keys()];
  for (const part of [/pg_wal\//, /\/base\//, /recordings\/org_demo\/.*\.sound$/, /exports\/org_demo\/.*\.archive$/]) {
    expect(
      names.some((name) => part.test(name)),
      String(part),
    ).toBe(true);
  }
  expect(findSecrets(content)).toEqual([]);
  // The search itself finds: one planted in each way.
  writeFileSync(
    join(keep, "planted"),
    formsOf(secrets.arabicName)
      .map(([, bytes]) => bytes.toString("latin1"))
      .join("\n"),
    "latin1",
  );
  const planted = findSecrets(new Map([["planted", readFileSync(join(keep, "planted"))]]));
  expect(
    new Set(planted.filter((line) => line.startsWith(`${secrets.arabicName} as`)).map((line) => line.split(" as ")[1]))
      .size,
  ).toBe(10);
});

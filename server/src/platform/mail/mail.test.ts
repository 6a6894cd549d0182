import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { SMTPServer } from "smtp-server";
import { expect, test } from "vitest";
import { systemClock } from "../../kernel/clock.ts";
import { createManualClock } from "../../testing/manual-clock.ts";
import { silentLog } from "../db/log-line.ts";
import { createMailer } from "./create-mailer.ts";

interface Received {
  readonly from: string;
  readonly to: string[];
  readonly raw: string;
}

/** A real SMTP server that asks for a login. */
async function startSmtp(refuseFirst = 0) {
  const received: Received[] = [];
  let refusals = refuseFirst;
  const server = new SMTPServer({
    hideSTARTTLS: true,
    allowInsecureAuth: true,
    onAuth: (auth, _session, done) =>
      auth.username === "parley" && auth.password === "p@ss word"
        ? done(null, { user: "parley" })
        : done(new Error("no such login")),
    onData(stream, session, done) {
      const pieces: Buffer[] = [];
      stream.on("data", (piece: Buffer) => pieces.push(piece));
      stream.on("end", () => {
        if (refusals-- > 0) return done(Object.assign(new Error("come later"), { responseCode: 451 }));
        const { mailFrom, rcptTo } = session.envelope;
        received.push({
          from: mailFrom === false ? "" : mailFrom.address,
          to: rcptTo.map((each) => each.address),
          raw: Buffer.concat(pieces).toString("utf8"),
        });
        done();
      });
    },
  });
  const listening = once(server.server, "listening");
  server.listen(0, "127.0.0.1");
  await listening;
  const { port } = server.server.address() as AddressInfo;
  return {
    received,
    url: (password = "p%40ss%20word") => `smtp://parley:${password}@127.0.0.1:${port}`,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

const mail = { to: "salma@example.com", subject: "إعادة تعيين", text: "Open https://parley.example/x#token=pot_1" };

test("a mail reaches a real SMTP server by its login, from MAIL_FROM", async () => {
  await using smtp = await startSmtp();
  const mailer = createMailer({
    smtpUrl: smtp.url(),
    from: "Front desk <desk@example.com>",
    clock: systemClock,
    log: silentLog,
  });
  await mailer.sendMail(mail);
  const [got] = smtp.received;
  expect(got).toMatchObject({ from: "desk@example.com", to: ["salma@example.com"] });
  expect(got?.raw).toMatch(/^From: Front desk <desk@example\.com>/m);
  expect(got?.raw.replaceAll("=\r\n", "").replaceAll("=3D", "=")).toContain(mail.text);
  expect(mailer.kept()).toEqual([]);
});

test("an invitation is a mail with a calendar part, under the id that it was given", async () => {
  await using smtp = await startSmtp();
  const mailer = createMailer({ smtpUrl: smtp.url(), clock: systemClock, log: silentLog });
  const content = "BEGIN:VCALENDAR\r\nMETHOD:CANCEL\r\nEND:VCALENDAR";
  await mailer.sendMail({ ...mail, messageId: "<ntf_1@calls.example.com>", calendar: { method: "CANCEL", content } });
  const raw = smtp.received[0]?.raw ?? "";
  expect(raw).toMatch(/^Message-ID: <ntf_1@calls\.example\.com>/m);
  expect(raw).toMatch(/^Content-Type: text\/calendar; charset=utf-8; method=CANCEL/m);
  expect(raw).toContain(Buffer.from(content).toString("base64"));
});

test("a mail sent behind an answer is tried again, and its failure is told without address, words or login", async () => {
  await using smtp = await startSmtp(1);
  const clock = createManualClock();
  const told: unknown[] = [];
  const log = (...line: unknown[]) => void told.push(line);
  createMailer({ smtpUrl: smtp.url(), clock, log }).sendSoon(async () => mail);
  await expect
    .poll(async () => {
      await clock.advance(1000);
      return smtp.received.length;
    })
    .toBe(1);
  expect(told).toEqual([]);
  createMailer({ smtpUrl: smtp.url("wrong-secret"), clock, log }).sendSoon(async () => mail);
  await expect
    .poll(async () => {
      await clock.advance(10_000);
      return told.length;
    })
    .toBe(1);
  expect(JSON.stringify(told)).toContain("SMTP_URL");
  expect(JSON.stringify(told)).not.toMatch(/salma|wrong-secret|token/);
});

test("without a server the newest fifty are kept, and the log has the link and no address", async () => {
  const told: unknown[] = [];
  const clock = createManualClock();
  const mailer = createMailer({ clock, log: (...line) => void told.push(line) });
  for (let count = 0; count < 60; count++)
    await mailer.sendMail({ ...mail, subject: `${count}`, link: "https://x/y#z" });
  expect(mailer.kept()).toHaveLength(50);
  expect(mailer.kept()[0]).toMatchObject({ to: mail.to, subject: "59" });
  expect(JSON.stringify(told)).toContain("https://x/y#z");
  expect(JSON.stringify(told)).not.toContain("salma");
});

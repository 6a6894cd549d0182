/** A real Radicale (Debian package radicale) in a folder of its own: CalDAV needs no stand-in. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { listenOnLoopback } from "../control/loopback.ts";

export type RadicaleServer = {
  readonly url: string;
  readonly username: string;
  readonly password: string;
  /** As a person's own program would ask it; a body is a calendar's file. */
  ask(method: string, path: string, body?: string): Promise<Response>;
  /** Makes a calendar of the user's; resolves with its path. */
  makeCalendar(name: string): Promise<string>;
  close(): Promise<void>;
};

const program = "radicale";

export const hasRadicale = (): boolean =>
  spawnSync("sh", ["-c", `command -v ${program}`], { stdio: "ignore" }).status === 0;

async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listenOnLoopback(server as never);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export async function startRadicale(): Promise<RadicaleServer> {
  const folder = mkdtempSync(join(tmpdir(), "radicale-"));
  const [username, password] = ["alice", "correct horse"];
  writeFileSync(join(folder, "users"), `${username}:${password}\n`);
  const port = await freePort();
  const settings = [
    ...["[server]", `hosts = 127.0.0.1:${port}`, "[auth]", "type = htpasswd", `htpasswd_filename = ${folder}/users`],
    ...["htpasswd_encryption = plain", "delay = 0", "[storage]", `filesystem_folder = ${folder}/data`],
    ...["[logging]", "level = error"],
  ];
  writeFileSync(join(folder, "config"), `${settings.join("\n")}\n`);
  const child = spawn(program, ["--config", join(folder, "config")], { stdio: "ignore" });
  const url = `http://127.0.0.1:${port}`;
  await untilAnswers(url, child);
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
  const ask: RadicaleServer["ask"] = (method, path, body) => {
    const file = body === undefined ? {} : { body, headers: { authorization, "content-type": "text/calendar" } };
    return fetch(`${url}${path}`, { method, headers: { authorization }, ...file });
  };
  return {
    ...{ url, username, password, ask },
    async makeCalendar(name) {
      const path = `/${username}/${name}/`;
      const made = await ask("MKCALENDAR", path);
      if (made.status !== 201) throw new Error(`radicale answered MKCALENDAR with ${made.status}`);
      return path;
    },
    async close() {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      if (child.exitCode === null) child.kill("SIGKILL");
      else return;
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function untilAnswers(url: string, child: ChildProcess): Promise<void> {
  const endMs = performance.now() + 10_000;
  for (;;) {
    const answered = await fetch(url, { redirect: "manual" }).then(
      () => true,
      () => false,
    );
    if (answered) return;
    if (child.exitCode !== null || performance.now() > endMs) throw new Error("radicale did not start");
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

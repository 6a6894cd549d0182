import { expect, test } from "vitest";
import { z } from "zod";
import { faultsByTool, offerTools } from "./offer-tools.ts";
import { ok } from "./outcomes.ts";
import { defineTool, type Tool } from "./tool.ts";
import type { Account } from "./tool-settings.ts";
import { createToolShelf } from "./tool-shelf.ts";

const tool = (name: string, more: Partial<Tool> = {}): Tool => ({
  ...defineTool({
    ...{ name, title: name, description: `Does ${name}.`, effect: "write" as const, isOnByDefault: false },
    input: z.object({}),
    deed: { where: "outside", run: async () => ok({}) },
  }),
  ...more,
});

const sheet = tool("append_row", {
  needs: ["twilio"],
  settings: z.strictObject({ columns: z.array(z.string()).min(1) }) as z.ZodType,
  shapeFor: (settings) => ({ description: `Columns: ${(settings as { columns: string[] }).columns.join()}` }),
});
const source = {
  kind: "mcp",
  listTools: async () => [tool("crm__find"), { ...tool("crm__add"), problem: "The server does not answer." }],
};
const shelf = createToolShelf({ builtIn: [tool("take_message", { isOnByDefault: true }), sheet], sources: [source] });

const offer = async (tools: Record<string, boolean>, toolSettings = {}, accounts: Account[] = []) => {
  let asked = 0;
  const of = async () => ((asked += 1), accounts);
  const [offered] = await offerTools({ shelf, accounts: { of } }, "org_1", [{ tools, toolSettings }]);
  return { names: offered?.specs.map(({ name }) => name), leftOut: offered?.leftOut, asked, specs: offered?.specs };
};

const account = { connectionId: "cn_1", vendor: "twilio", isConnected: true } as const;
const settings = { append_row: { columns: ["name"] } };

test("an agent without tools of its own costs no question, whatever it has switched off", async () => {
  expect(await offer({ take_message: false, crm__find: false })).toMatchObject({ names: [], leftOut: [], asked: 0 });
});

test("what its owner said yes to is offered, shaped by its settings; what cannot be used is left out with the reason", async () => {
  expect(await offer({ crm__find: true, take_message: true })).toMatchObject({ names: ["crm__find"], leftOut: [] });
  expect((await offer({ crm__add: true, gone: true })).leftOut).toEqual([
    { name: "crm__add", problem: "The server does not answer." },
    { name: "gone", problem: "There is no such tool any more." },
  ]);
  const wanted = { append_row: true };
  const problemOf = async (given: object, accounts: Account[]) =>
    (await offer(wanted, given, accounts)).leftOut?.[0]?.problem;
  expect(await problemOf({}, [account])).toMatch(/^columns:/);
  expect(await problemOf(settings, [])).toMatch(/needs an account. Connect one of: twilio/);
  expect(await problemOf(settings, [{ ...account, isConnected: false }])).toMatch(/was refused/);
  expect(await problemOf({ append_row: { columns: ["a"], connectionId: "cn_2" } }, [account])).toMatch(/is gone/);
  const { specs } = await offer(wanted, settings, [{ ...account, connectionId: "cn_0", isConnected: false }, account]);
  expect(specs).toMatchObject([{ name: "append_row", description: "Columns: name", effect: "write" }]);
});

test("settings are checked by the tool's own schema, and each fault names the field", () => {
  const faults = faultsByTool([tool("plain"), sheet]);
  expect(faults.get("plain")?.({})).toEqual([]);
  expect(faults.get("plain")?.({ x: 1, connectionId: "cn_1" })).toEqual([
    "connectionId: this tool needs no account.",
    "x: this tool has nothing of this name to set.",
  ]);
  expect(faults.get("append_row")?.({ columns: [], connectionId: "cn_1" })).toEqual([
    expect.stringMatching(/^columns: /) as string,
  ]);
  expect(faults.get("append_row")?.({ columns: ["a"], apiKey: "x" })).toHaveLength(1);
});

import type { Answer } from "./ask.ts";
import { type At, keepId, of, plain, type Sample, type Samples } from "./sample.ts";
import { addressOf } from "./samples-desk.ts";
import type { Tenant } from "./tenant.ts";

/** Tools are known by their names. */
const named = (more: Sample = {}): Sample => ({
  ...more,
  send: (at: At, tenant, person) => ({ params: { name: at("tool") }, ...more.send?.(at, tenant, person) }),
});

const keepSecret = ({ json }: Answer, tenant: Tenant) => tenant.keep("tool secret", json["signingSecret"]);

export const tools: Samples = {
  "tools.create": {
    send: (_at, tenant) => ({
      body: {
        name: tenant.word("tool").toLowerCase(),
        ...{ title: tenant.word("tooltitle"), description: tenant.word("tooltext"), effect: "write", method: "POST" },
        url: `${addressOf(tenant)}/${tenant.word("toolpath")}`,
        ...{ input: { properties: {} }, secretHeaders: { "x-key": tenant.word("toolkey") } },
      },
    }),
    keep(answer, tenant) {
      tenant.keep("tool", answer.json["name"]);
      keepSecret(answer, tenant);
    },
  },
  "tools.list": plain,
  "tools.get": named(),
  "tools.change": named({ send: (_at, tenant) => ({ body: { title: tenant.word("tooltitle") } }) }),
  "tools.rotate-secret": named({ keep: keepSecret }),
  "tools.try": named({ send: () => ({ body: { confirm: true } }) }),
  "tools.probe": named({ send: () => ({ body: {} }), unaudited: "changes nothing" }),
  "automations.create": {
    send: (_at, tenant) => ({
      body: {
        name: tenant.word("automation"),
        when: { kind: "intent", name: "price_asked", description: tenant.word("intent") },
        ...{ tool: "take_message", input: { message: tenant.word("mapped") } },
      },
    }),
    keep: keepId("automation"),
  },
  "automations.list": plain,
  "automations.get": of("automation"),
  "automations.change": of("automation", { send: () => ({ body: { enabled: true } }) }),
  "automations.runs": of("automation"),
};

export const clearingTools: Samples = { "automations.delete": of("automation"), "tools.delete": named() };

import { waitUntil } from "../world.ts";
import { keepId, of, plain, type Samples } from "./sample.ts";

const day = () => new Date().toISOString().slice(0, 10);
const month = () => day().slice(0, 7);
const range = () => ({ from: day(), to: day() });

const price = {
  ...{ provider: "deepgram", model: "nova-3", unit: "recogniser-seconds", price: "0.0043", per: 60, currency: "USD" },
};

const terms = () => ({
  ...{ name: "Standard", currency: "GBP", setUpFee: 500_000, monthlyFee: 20_000, includedMinutes: 1000 },
  ...{ pricePerMinute: "0.10", billingDay: 2, rounding: "second", tax: null, validFrom: day() },
});

const limit = { amount: "100000", minutes: null };

export const money: Samples = {
  "installation.prices": { as: "administrator" },
  "installation.set-price": {
    as: "administrator",
    unaudited: "each price is kept with who set it",
    send: () => ({ body: price }),
  },
  "installation.assign-plan": of("organization", { as: "administrator", send: () => ({ body: terms() }) }),
  "installation.plans": of("organization", { as: "administrator" }),
  "billing.plans": plain,
  "usage.get": { send: () => ({ query: range() }) },
  "usage.export": { send: () => ({ query: range() }) },
  "usage.prices": plain,
  "usage.set-price": { send: () => ({ body: price }) },
  "usage.reprice": { send: () => ({ body: range() }) },
  "budget.set": { send: () => ({ body: { currency: "GBP", monthly: limit, daily: limit, caps: false } }) },
  "budget.get": plain,
  "statements.list": plain,
  "statements.get": { send: () => ({ params: { month: month() } }) },
  "statements.csv": { send: () => ({ params: { month: month() } }) },
  "statements.pdf": { send: () => ({ params: { month: month() } }) },
};

export const privacy: Samples = {
  "privacy-policy.get": plain,
  "privacy-policy.set": { send: () => ({ body: { contactErasure: "unlink-calls" } }) },
  "privacy-jobs.create": {
    send: (at) => ({ body: { kind: "export", contactId: at("contact") } }),
    alsoAttacked: [(at) => ({ body: { kind: "erasure", contactId: at("contact") } })],
    keep: keepId("privacy job"),
  },
  "privacy-jobs.list": plain,
  "privacy-jobs.get": of("privacy job", {
    async before({ tenant }) {
      const params = { id: tenant.id("privacy job") };
      await waitUntil(async () => (await tenant.do("privacy-jobs.get", { params }))["state"] === "done", 20_000);
    },
  }),
  "privacy-jobs.download": of("privacy job"),
  "organizations.rotate-key": of("organization"),
  "installation.list-keys": { as: "administrator" },
};

export const forgetting: Samples = {
  "account.erase": {
    as: "person",
    unaudited: "of no organisation",
    send: (_at, _tenant, person) => ({ query: { confirm: person?.email ?? "" } }),
  },
};

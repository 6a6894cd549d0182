import {
  callMyPhone,
  checkPhoneNumber,
  claimPhoneNumber,
  getCarrierReport,
  getPhoneNumber,
  listAccountNumbers,
  listPhoneNumbers,
  mendPhoneNumber,
  releasePhoneNumber,
  routePhoneNumber,
} from "@parley/contract/phone-numbers";
import type { RouteMount } from "../../platform/http/route-mount.ts";
import type { OutboundCalls } from "./outbound-calls.ts";
import type { PhoneNumbers } from "./phone-numbers.ts";

export function mountPhoneNumberRoutes(mount: RouteMount, numbers: PhoneNumbers): void {
  mount(listAccountNumbers, async ({ orgId, params, signal }) => {
    const items = await numbers.listOfAccount(orgId, params.id, signal);
    return {
      items: items.map(({ sid, number, name, canVoice, canSms, divertedTo, addresses, phoneNumberId }) => ({
        ...{ sid, number, name, canVoice, canSms, voiceUrl: addresses.voiceUrl },
        ...{ divertedTo: divertedTo ?? null, phoneNumberId: phoneNumberId ?? null },
      })),
    };
  });
  mount(listPhoneNumbers, ({ orgId, query }) => numbers.list(orgId, query));
  mount(getPhoneNumber, ({ orgId, params }) => numbers.get(orgId, params.id));
  mount(claimPhoneNumber, ({ body, ...doing }) => numbers.claim(body, doing));
  mount(routePhoneNumber, ({ params, body, ...doing }) => numbers.route(params.id, body, doing));
  mount(checkPhoneNumber, ({ params, ...doing }) => numbers.check(params.id, doing));
  mount(mendPhoneNumber, ({ params, ...doing }) => numbers.mend(params.id, doing));
  mount(releasePhoneNumber, async ({ params, ...doing }) => {
    await numbers.release(params.id, doing);
    return null;
  });
}

export function mountOutboundRoutes(mount: RouteMount, outbound: OutboundCalls): void {
  mount(callMyPhone, ({ params, body, orgId, actor, signal }) =>
    outbound.place({ ...body, agentId: params.id }, { orgId, actor, signal, action: callMyPhone.id }),
  );
  mount(getCarrierReport, ({ params, orgId }) => outbound.reportOf(orgId, params.id));
}

import {
  createPrivacyJob,
  downloadPrivacyArchive,
  eraseAccount,
  getPrivacyJob,
  getPrivacyPolicy,
  listInstallationKeys,
  listPrivacyJobs,
  rotateOrganizationKey,
  setPrivacyPolicy,
} from "@parley/contract/privacy";
import { AppError } from "../../kernel/app-error.ts";
import type { RouteMount } from "../../platform/http/route-mount.ts";
import type { Privacy } from "./privacy.ts";

export function mountPrivacyRoutes(mount: RouteMount, { privacy }: { privacy: Privacy }): void {
  mount(getPrivacyPolicy, ({ orgId }) => privacy.policyOf(orgId));
  mount(setPrivacyPolicy, ({ orgId, actor, body }) => privacy.setPolicy({ orgId, actor }, body));
  mount(createPrivacyJob, ({ orgId, actor, body }) => privacy.start({ orgId, actor }, body));
  mount(listPrivacyJobs, ({ orgId, query }) => privacy.jobs(orgId, query));
  mount(getPrivacyJob, ({ orgId, params }) => privacy.job(orgId, params.id));
  mount(downloadPrivacyArchive, async ({ orgId, actor, params, reply }) => {
    const archive = await privacy.download({ orgId, actor }, params.id);
    void reply
      .header("cache-control", "private, no-store")
      .header("content-disposition", `attachment; filename="${params.id}.tar.gz"`);
    return archive;
  });
  mount(rotateOrganizationKey, async ({ orgId, actor, params }) => {
    if (orgId !== params.id) throw new AppError("not_found", { publicMessage: "There is no such organisation." });
    return await privacy.rotateKey({ orgId, actor });
  });
  mount(eraseAccount, async ({ principal, actor, query }) => {
    await privacy.eraseAccount({ userId: principal.userId, actor, confirm: query.confirm });
    return { erased: true as const };
  });
  mount(listInstallationKeys, async () => ({ items: await privacy.keys() }));
}

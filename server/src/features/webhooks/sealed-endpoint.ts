import { randomBytes } from "node:crypto";
import { newKey, open, seal, unwrapKey, wrapKey } from "../../platform/crypto/envelope.ts";
import type { EndpointRow } from "./webhooks.table.ts";

export const newSecret = () => `whsec_${randomBytes(32).toString("base64url")}`;

const place = (row: Pick<EndpointRow, "orgId" | "id">, column: string) => ({
  orgId: row.orgId,
  owner: row.id,
  seq: column,
});

export function sealEndpoint(orgKey: Buffer, row: { orgId: string; id: string; url: string; secret: string }) {
  const key = newKey();
  return {
    keyWrap: wrapKey(orgKey, key, row.id),
    sealedUrl: seal(key, place(row, "url"), row.url),
    sealedSecret: seal(key, place(row, "secret"), row.secret),
  };
}

export function openEndpoint(orgKey: Buffer, row: EndpointRow) {
  const key = unwrapKey(orgKey, row.keyWrap, row.id);
  const read = (column: string, sealed: Buffer) => String(open(key, place(row, column), sealed));
  return {
    key,
    url: read("url", row.sealedUrl),
    sealUrl: (url: string) => seal(key, place(row, "url"), url),
    sealSecret: (secret: string) => seal(key, place(row, "secret"), secret),
    /** A former secret keeps the place it was sealed for. */
    secretsAt(now: Date): string[] {
      const { sealedFormerSecret: former, formerSecretUntil: until } = row;
      const current = read("secret", row.sealedSecret);
      return former !== null && until !== null && until > now ? [current, read("secret", former)] : [current];
    },
    sealResponse: (deliveryId: string, text: string) => seal(key, place(row, `response ${deliveryId}`), text),
    openResponse: (deliveryId: string, sealed: Buffer) =>
      String(open(key, place(row, `response ${deliveryId}`), sealed)),
  };
}

import { customType } from "drizzle-orm/pg-core";

/** Sealed content, wraps and hashes. */
export const bytea = customType<{ data: Buffer; driverData: Buffer }>({ dataType: () => "bytea" });

import type { Statement } from "@parley/contract/billing";
export async function statementPdf(_s: Statement): Promise<Buffer> { return Buffer.alloc(0); }

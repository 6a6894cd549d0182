/** From MASTER_KEY and MASTER_KEY_PREVIOUS to the holders they name. */
import { createOwnHolder, type KeyHolder, type KeyHolders } from "./key-holder.ts";
import { createKmsHolder, kmsPrefix } from "./kms-holder.ts";
import { findKeptKey, loadMasterKey, type MasterKeyOptions, parseKey } from "./master-key.ts";

export interface KeyHolderOptions extends MasterKeyOptions {
  /** MASTER_KEY_PREVIOUS: values of MASTER_KEY, separated by commas. */
  readonly formerMasterKeys?: string;
}

/** Throws AppError `setting_invalid` naming the setting or the file. */
export function loadKeyHolders(options: KeyHolderOptions): KeyHolders {
  const { masterKey, formerMasterKeys = "" } = options;
  const current = masterKey?.startsWith(kmsPrefix)
    ? createKmsHolder(masterKey, "MASTER_KEY")
    : createOwnHolder(loadMasterKey(options));
  const former = formerMasterKeys
    .split(",")
    .map((text) => text.trim())
    .filter((text) => text !== "")
    .map((text) => toHolder(text, "MASTER_KEY_PREVIOUS"));
  // The key the first start made here, before there was a setting.
  const kept = masterKey === undefined ? undefined : findKeptKey(options.dataDir);
  const all = kept === undefined ? former : [...former, createOwnHolder(kept)];
  return { current, former: all.filter((holder) => holder.name !== current.name) };
}

const toHolder = (text: string, source: string): KeyHolder =>
  text.startsWith(kmsPrefix) ? createKmsHolder(text, source) : createOwnHolder(parseKey(text, source));

/**
 * Who can open the installation's root key: a MASTER_KEY of this machine's settings, or a key of AWS KMS. The root key itself is made
 * once, sealed under its holders, and everything else hangs on it, so that a new holder re-seals 32 bytes and nothing else.
 */
import { AppError } from "../../kernel/app-error.ts";
import { fingerprint, unwrapKey, wrapKey } from "./envelope.ts";

export interface KeyHolder {
  /** Tells holders apart; safe to store and to show. */
  readonly name: string;
  readonly kind: "setting" | "aws-kms";
  /** Of a holder that is a key itself: databases made before there were root keys are sealed with it directly. */
  readonly ownKey?: Buffer;
  wrap(rootKey: Buffer): Promise<Buffer>;
  /** Throws UnsealError, or AppError `setting_invalid` when the key service does not serve. */
  unwrap(wrapped: Buffer): Promise<Buffer>;
}

export interface KeyHolders {
  readonly current: KeyHolder;
  /** May open what the current one cannot yet. */
  readonly former: readonly KeyHolder[];
}

/** Under a key that is at hand. */
export function createOwnHolder(ownKey: Buffer): KeyHolder {
  const name = fingerprint(ownKey);
  return {
    ...{ name, kind: "setting", ownKey },
    wrap: async (rootKey) => wrapKey(ownKey, rootKey, "root"),
    unwrap: async (wrapped) => unwrapKey(ownKey, wrapped, "root"),
  };
}

/** One line for the operator: which keys the database knows, and which the settings give. */
export function noHolderFits(known: readonly string[], given: readonly string[]): AppError {
  return new AppError("setting_invalid", {
    publicMessage: `MASTER_KEY is not the one this database was sealed with (the database has ${known.join(", ")}, the setting gives ${given.join(", ")}). Set the former key, name it in MASTER_KEY_PREVIOUS, or put DATA_DIR/master.key back.`,
    family: "operational",
  });
}

import path from 'node:path';

/** Where the files of one log lie. The private key is outside of what is handed to an auditor. */
export interface LogPaths {
  /** Directory of the segments and checkpoints of this log. */
  readonly log: string;
  /** Signed notes, one after the other, each followed by an empty line. */
  readonly checkpoints: string;
  /** The public key in the verifier-key format of signed notes. */
  readonly publicKey: string;
  /** Ed25519 private key, PKCS #8 in PEM, readable by the owner only. */
  readonly privateKey: string;
  /** Verifier keys of all logs that must be here, one per line. */
  readonly registry: string;
}

/** Folder names that no log may have. */
export const KEYS_DIRECTORY = 'keys';
export const REGISTRY_FILE = 'registry';
export const CHECKPOINTS_FILE = 'checkpoints';

/** The layout under the data directory: `ledger/` is what is verified, `keys/` stays with the gateway. */
export function logPaths(dataDirectory: string, logName: string): LogPaths {
  const ledger = path.join(dataDirectory, 'ledger');
  const log = path.join(ledger, logName);
  return {
    log,
    checkpoints: path.join(log, CHECKPOINTS_FILE),
    publicKey: path.join(ledger, KEYS_DIRECTORY, `${logName}.pub`),
    privateKey: path.join(dataDirectory, 'keys', `ledger-${logName}.key`),
    registry: path.join(ledger, REGISTRY_FILE),
  };
}

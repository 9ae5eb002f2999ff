/** What callers need of the ledger; `audit/ledger.ts` provides it over segment files. */
export interface LedgerPort {
  /**
   * Encodes and enqueues one entry. Synchronous. `sealed` calls back once the entry is on stable
   * storage (group commit); `written` once write(2) took it (same turn of the event loop), flushed within 50 ms.
   * The callback gets an error when the entry could not be made durable: the operation must not happen.
   * It is never called before `append` returns.
   */
  append(
    entry: EntryFields,
    mode: 'sealed' | 'written',
    done: (error: Error | undefined) => void,
  ): void;
  /** `slow`: stop reading from clients. `failing`: refuse new sessions and operations; it recovers by itself. */
  readonly health: LedgerHealth;
}

export type LedgerHealth = 'healthy' | 'slow' | 'failing';

/** Fields of an entry beside those that the ledger adds. Values are JSON. */
export interface EntryFields {
  readonly kind: EntryKind;
  /**
   * Groups the entries of one session; each numbers and chains its own. The session that acts: an
   * entry about another session (who watched it) names that one in a field of its own.
   */
  readonly session?: string;
  /** What may be personal: sealed apart from the entry, so that it can expire while the entry stays. */
  readonly content?: ContentFields;
  /** Part of `content`. */
  readonly text?: never;
  readonly textBytes?: never;
  readonly textSha256?: never;
  /** The ledger's own. */
  readonly v?: never;
  readonly seq?: never;
  readonly at?: never;
  readonly n?: never;
  readonly prev?: never;
  readonly [field: string]: unknown;
}

/** What people asked and wrote: statements, parameters, reasons, comments. Values are JSON. */
export interface ContentFields {
  /** Cut, at the end, if the content would exceed 64 KiB; `textBytes` and `textSha256` always mean the whole. */
  readonly text?: string | undefined;
  /** Length of the whole text as it came over the wire. Default: of `text` in UTF-8, when it is cut. */
  readonly textBytes?: number | undefined;
  /** Hex SHA-256 of the whole text as it came over the wire. Default: of `text` in UTF-8, when it is cut. */
  readonly textSha256?: string | undefined;
  readonly textCut?: never;
  readonly [field: string]: unknown;
}

/** What an entry can be about. */
export const ENTRY_KINDS = [
  'gateway.start',
  'gateway.stop',
  'configuration.apply',
  'sign-in',
  'sign-in.refuse',
  'session.start',
  'session.refuse',
  'session.end',
  'operation',
  'operation.refuse',
  /** What a result showed, and of whom. */
  'result',
  /** A file went over, whole or in part: what of it, and its digest. */
  'file',
  /** What went through a connection that the target opened for the client. */
  'forward',
  /** The host that answered proved to be another than the target. */
  'target-key',
  /** Pseudonyms stood in a statement or its parameters. */
  'pseudonym.use',
  /** Another track of the session's recording begins: the sealed raw one. */
  'recording.start',
  /** Bytes were added to a recording's file. */
  'recording.chunk',
  'recording.limit',
  'recording.watch',
  /** Somebody was given the sealed raw track of a session. */
  'recording.unseal',
  /** The file of a recording was removed here: the archive has it. */
  'recording.remove',
  /** So much waits for the archive that what is configured for that case is done. */
  'storage.full',
  'storage.recover',
  /** Somebody asked what would become of a statement; nothing was run. */
  'explain',
  /** Somebody asked who was shown the data of a patient. */
  'disclosures.find',
  /** Somebody read, through the control plane, what a session did. */
  'session.read',
  'session.search',
  /** Somebody takes part in the session of another, and does no longer. */
  'session.join',
  'session.leave',
  /** Somebody ended a session of another, or one of their own, from outside. */
  'session.stop',
  /** Somebody read an access request with the operation in it. */
  'request.read',
  'target.discover',
  /** How a target is configured, when a configuration comes into force. */
  'configuration.target',
  /** What PHI the data map finds in a database. */
  'target.inventory',
  'configuration.change',
  /** A change through the control plane that was not made. */
  'configuration.refuse',
  'policy.replay',
  'ledger.read',
  /** Somebody had entries sent to a sink again. */
  'export.replay',
  'sign-out',
  'token.issue',
  'token.revoke',
  'cancel',
  /** An operation, a grant or more time for one waits for people. */
  'review.request',
  /** One person's verdict. */
  'review.verdict',
  /** What became of a request: used, granted, rejected, expired, withdrawn, reviewed. */
  'review.end',
  /** What an entry before says of a request did not take effect: the store failed. */
  'review.void',
  'grant.start',
  'grant.extend',
  'grant.revoke',
  'grant.end',
  /** A grant was taken without asking. */
  'break-glass',
  /** A rule found something that somebody should look at. */
  'alert.raise',
  /** Somebody looked: it was nothing, or it was something. */
  'alert.close',
  /** Who may begin tunnels, and by which certificate. */
  'connector.add',
  'connector.remove',
  'connector.enrol',
  'connector.attach',
  'connector.detach',
  /** What a connector says that it carried for a session, as it signed it. */
  'connector.carried',
  /** Somebody had a report made. */
  'report.make',
  /** The time of what is kept was over: of what, and of which day. It is erased afterwards. */
  'retention.expire',
  /** Nothing of some days may be erased, until the hold ends. */
  'hold.start',
  'hold.end',
  'delegation.start',
  'delegation.end',
  /** The key named here signs the log's checkpoints from soon on. */
  'ledger.key-change',
  /** How far the other logs are, as far as this gateway knows. */
  'ledger.heads',
  /** By the ledger itself, after a failure: which entries before it were refused to their callers. */
  'ledger.resume',
] as const;

export type EntryKind = (typeof ENTRY_KINDS)[number];

import { createHash, type Hash } from 'node:crypto';

/** A parameter as it goes to the target. */
export interface BoundParameter {
  /** As the protocol numbers them; 0 for text in PostgreSQL. */
  readonly format: number;
  /** Undefined for NULL. */
  readonly value: Uint8Array | undefined;
}

/** All that an approval is bound to. */
export interface BoundOperation {
  readonly protocol: string;
  readonly at: 'statement' | 'commit';
  readonly text: string;
  readonly parameters: readonly BoundParameter[];
  readonly target: string;
  readonly database: string;
  readonly principalId: string;
  /** An approval does not outlive the membership under which it was asked for. */
  readonly groups: readonly string[];
  /** Names of the grants in force. */
  readonly grants: readonly string[];
  readonly policyVersion: string;
  /** Ids of the policies that asked for the review. */
  readonly policyIds: readonly string[];
  /** What else the meaning of the text depends on. */
  readonly meaning: Readonly<Record<string, string>>;
}

/** Changes when the encoding below does: an approval from before then counts no more. */
const VERSION = 'sallyport operation 1';

/**
 * Hex SHA-256 over all parts, each behind its length, each list behind its count: no two different
 * operations have the same bytes.
 */
export function digestOperation(operation: BoundOperation): string {
  const digest = createHash('sha256');
  addText(digest, VERSION);
  addText(digest, operation.protocol);
  addText(digest, operation.at);
  addText(digest, operation.text);
  addCount(digest, operation.parameters.length);
  for (const { format, value } of operation.parameters) {
    addCount(digest, format);
    addCount(digest, value === undefined ? 0 : 1);
    addBytes(digest, value ?? new Uint8Array(0));
  }
  for (const part of [operation.target, operation.database, operation.principalId]) {
    addText(digest, part);
  }
  addList(digest, operation.groups.toSorted());
  addList(digest, operation.grants.toSorted());
  addText(digest, operation.policyVersion);
  addList(digest, operation.policyIds.toSorted());
  const meaning = Object.entries(operation.meaning).toSorted(([a], [b]) => (a < b ? -1 : 1));
  addList(digest, meaning.flat());
  return digest.digest('hex');
}

function addList(digest: Hash, texts: readonly string[]): void {
  addCount(digest, texts.length);
  for (const text of texts) addText(digest, text);
}

/** UTF-16, so that texts that differ in lone surrogates only, which UTF-8 would replace, stay apart. */
function addText(digest: Hash, text: string): void {
  addBytes(digest, Buffer.from(text, 'utf16le'));
}

function addBytes(digest: Hash, bytes: Uint8Array): void {
  addCount(digest, bytes.length);
  digest.update(bytes);
}

function addCount(digest: Hash, count: number): void {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(count));
  digest.update(bytes);
}

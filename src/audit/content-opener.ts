import type { DayKeys } from '../encryption/day-keys.ts';
import { Keystream } from '../encryption/keystream.ts';
import { type ClosedReason, openContentKey } from './content-key.ts';
import { hashContent } from './content-sealer.ts';
import type { Entry } from './decode-entry.ts';
import { CONTENT_BYTES_MAX } from './encode-content.ts';
import { ERASED_OFFSET, type SegmentHeader, type WholeFrame } from './segment-format.ts';

/** Opens contents; `DayKeys` is one, and who has only the ledger's files has none. */
export type ContentKeys = Pick<DayKeys, 'of'> | undefined;

/**
 * What became of an entry's content: `sealed` if its key is not here, `expired` if key or ciphertext were
 * destroyed (`verifyLedger` says whether that was permitted), `damaged` if it is not the one that the entry
 * speaks of.
 */
export type ContentState = 'none' | 'open' | ClosedReason;

/** A content as far as it can be read. */
export type OpenedContent =
  | { readonly state: 'open'; readonly fields: Readonly<Record<string, unknown>> }
  | { readonly state: Exclude<ContentState, 'open'> };

/** An entry with the fields of its content in place, if they can be read. */
export interface OpenedEntry {
  readonly entry: Entry;
  readonly content: ContentState;
}

/** The ciphertext behind an entry. */
export interface StoredContent {
  readonly bytes: Buffer;
  /** In the keystream. */
  readonly offset: number;
}

/** The ciphertext of a record; undefined if it has none, or no more. */
export function contentOf(
  bytes: Buffer,
  { entryEnd, end, contentOffset }: WholeFrame,
): StoredContent | undefined {
  if (entryEnd === end || contentOffset === ERASED_OFFSET) return undefined;
  return { bytes: bytes.subarray(entryEnd, end), offset: contentOffset };
}

/** Opens the contents of a log's entries, segment by segment. */
export class ContentOpener {
  readonly #keys: ContentKeys;
  #keyId: Buffer = Buffer.alloc(0);
  #keystream: Keystream | ClosedReason = 'sealed';
  readonly #words: Uint32Array = new Uint32Array(CONTENT_BYTES_MAX / 4);
  readonly #bytes: Buffer = Buffer.from(this.#words.buffer);

  constructor(keys: ContentKeys) {
    this.#keys = keys;
  }

  /**
   * Goes to another segment.
   *
   * @throws {EncryptionError} If its key is there and cannot be opened.
   */
  async enter({ contentKey, logName }: SegmentHeader): Promise<void> {
    if (contentKey.id.equals(this.#keyId)) return;
    const key = await openContentKey(contentKey, logName, this.#keys);
    this.#keystream = typeof key === 'string' ? key : new Keystream(key);
    this.#keyId = contentKey.id;
  }

  /** Reads the content of an entry of this segment. */
  open(
    { content: hash }: Pick<Entry, 'content'>,
    stored: StoredContent | undefined,
  ): OpenedContent {
    if (hash === undefined) return { state: 'none' };
    if (stored === undefined) return { state: 'expired' };
    if (typeof this.#keystream === 'string') return { state: this.#keystream };
    const { bytes, offset } = stored;
    if (offset % 4 !== 0 || hashContent(this.#keyId, offset, bytes) !== hash) {
      return { state: 'damaged' };
    }
    bytes.copy(this.#bytes);
    this.#keystream.apply(this.#words, 0, Math.ceil(bytes.length / 4), offset);
    const fields = parseFields(this.#bytes.toString('utf8', 0, bytes.length));
    return fields === undefined ? { state: 'damaged' } : { state: 'open', fields };
  }

  /** Puts the fields of an entry's content in place. The entry's own fields win. */
  fill(entry: Entry, stored: StoredContent | undefined): OpenedEntry {
    const content = this.open(entry, stored);
    if (content.state !== 'open') return { entry, content: content.state };
    return { entry: { ...content.fields, ...entry }, content: 'open' };
  }
}

function parseFields(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const fields: unknown = JSON.parse(text);
    if (typeof fields !== 'object' || fields === null) return undefined;
    // A field given twice does not survive: readers would disagree on which one counts.
    return JSON.stringify(fields) === text ? { ...fields } : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { readNotes } from './checkpoint-file.ts';
import type { SignedCheckpoint } from './checkpoint-writer.ts';
import { type ContentKeys, ContentOpener, type OpenedContent } from './content-opener.ts';
import { decodeEntry, type Entry } from './decode-entry.ts';
import { findKeyAt, readKeyChain } from './key-chain.ts';
import { readKeyChanges } from './key-change-file.ts';
import { CHECKPOINTS_FILE, KEYS_DIRECTORY } from './ledger-layout.ts';
import { LogTail } from './log-tail.ts';
import { type InclusionProof, MerkleProver } from './merkle-prover.ts';
import { readTextIfPresent } from './read-if-present.ts';
import { LOG_NAME, parseSegmentFileName } from './segment-format.ts';
import { openCheckpoint, readNoteSize } from './signed-note.ts';

/** A log as its files show it. */
export interface LogDescription {
  readonly name: string;
  /** Verifier key. */
  readonly publicKey: string;
  /** The last checkpoint. */
  readonly checkpoint: SignedCheckpoint | undefined;
}

/** An entry of a page. */
export interface ReadEntry {
  readonly entry: Entry;
  /** As stored and hashed. */
  readonly bytes: Buffer;
}

export interface EntryPageQuery {
  readonly kind?: string | undefined;
  readonly session?: string | undefined;
  /** Only entries before this one. */
  readonly beforeSeq?: number | undefined;
  readonly limit: number;
}

export interface EntryPage {
  /** Newest first. */
  readonly entries: readonly ReadEntry[];
  /** Undefined when there is nothing older. */
  readonly nextBeforeSeq: number | undefined;
}

/** A proof, with the checkpoint whose root it leads to. */
export interface CheckpointProof extends InclusionProof {
  readonly checkpoint: SignedCheckpoint;
  readonly publicKey: string;
}

/** Segments that one page reads: with a filter, more could be needed, and the next page goes on. */
const SEGMENTS_PER_PAGE_MAX = 4;

/** Reads the ledger's files of this machine for people, beside the gateway that writes them. */
export class LedgerReader {
  readonly #directory: string;
  readonly #keys: ContentKeys;
  readonly #provers = new Map<string, MerkleProver>();

  /**
   * @param directory `<data>/ledger`.
   * @param keys Open the contents. Undefined leaves them sealed.
   */
  constructor(directory: string, keys?: ContentKeys) {
    this.#directory = directory;
    this.#keys = keys;
  }

  /** By name. */
  async listLogs(): Promise<readonly LogDescription[]> {
    const entries = await readdir(this.#directory, { withFileTypes: true });
    const names = entries
      .filter((entry) => entry.isDirectory() && this.#isLogName(entry.name))
      .map(({ name }) => name)
      .toSorted();
    return Promise.all(names.map((name) => this.#describe(name)));
  }

  /** Newest first. Undefined if there is no such log here. */
  async listCheckpoints(
    log: string,
    limit: number,
  ): Promise<readonly SignedCheckpoint[] | undefined> {
    if (!this.#isLogName(log)) return undefined;
    const key = await this.#readKey(log);
    if (key === undefined) return undefined;
    const logDirectory = path.join(this.#directory, log);
    const chain = readKeyChain(await readKeyChanges(logDirectory), key);
    if (typeof chain === 'string') return [];
    const notes = await readNewest(path.join(logDirectory, CHECKPOINTS_FILE), limit);
    return notes.flatMap((note): SignedCheckpoint[] => {
      const opened = openCheckpoint(note, findKeyAt(chain, readNoteSize(note)));
      return opened.state === 'signed' ? [{ ...opened.checkpoint, note }] : [];
    });
  }

  /** A page of a log, newest first. Undefined if there is no such log here. */
  async listEntries(log: string, query: EntryPageQuery): Promise<EntryPage | undefined> {
    if (!this.#isLogName(log) || (await this.#readKey(log)) === undefined) return undefined;
    const { limit } = query;
    const beforeSeq = query.beforeSeq ?? Number.POSITIVE_INFINITY;
    const segments = (await this.#tailOf(log).listSegments())
      .filter((segment) => (parseSegmentFileName(segment) ?? 0) < beforeSeq)
      .toReversed();
    const found: ReadEntry[] = [];
    for (const segment of segments.slice(0, SEGMENTS_PER_PAGE_MAX)) {
      const older = await this.#readMatching(log, segment, { ...query, beforeSeq });
      found.push(...older.toReversed());
      if (found.length < limit) continue;
      const entries = found.slice(0, limit);
      return { entries, nextBeforeSeq: entries.at(-1)?.entry.seq };
    }
    const last = segments[Math.min(segments.length, SEGMENTS_PER_PAGE_MAX) - 1] ?? '';
    const isEnd = segments.length <= SEGMENTS_PER_PAGE_MAX;
    return { entries: found, nextBeforeSeq: isEnd ? undefined : parseSegmentFileName(last) };
  }

  /** Undefined if there is no such entry, or no checkpoint covers it yet. */
  async prove(log: string, index: number): Promise<CheckpointProof | undefined> {
    const [checkpoint] = (await this.listCheckpoints(log, 1)) ?? [];
    const publicKey = this.#isLogName(log) ? await this.#readKey(log) : undefined;
    if (checkpoint === undefined || publicKey === undefined) return undefined;
    const prover = this.#provers.get(log) ?? new MerkleProver(path.join(this.#directory, log));
    this.#provers.set(log, prover);
    const proof = await prover.prove(index, checkpoint.size);
    return proof && { ...proof, checkpoint, publicKey };
  }

  /** What an entry keeps apart. Undefined if there is no such entry here. */
  async readContent(log: string, index: number): Promise<OpenedContent | undefined> {
    if (!this.#isLogName(log) || (await this.#readKey(log)) === undefined) return undefined;
    const tail = this.#tailOf(log);
    const segments = await tail.listSegments();
    const segment = segments.findLast((name) => (parseSegmentFileName(name) ?? 0) <= index);
    if (segment === undefined) return undefined;
    tail.startAt(segment);
    for await (const { seq, bytes, header, content } of tail.readOn()) {
      if (seq < index) continue;
      if (seq > index) return undefined;
      const entry = decodeEntry(bytes);
      const contents = new ContentOpener(this.#keys);
      await contents.enter(header);
      return entry && contents.open(entry, content);
    }
    return undefined;
  }

  async #describe(name: string): Promise<LogDescription> {
    const [checkpoint] = (await this.listCheckpoints(name, 1)) ?? [];
    return { name, publicKey: (await this.#readKey(name)) ?? '', checkpoint };
  }

  /** Those of one segment that match, the last ones, oldest first. */
  async #readMatching(
    log: string,
    segment: string,
    { kind, session, beforeSeq, limit }: EntryPageQuery & { readonly beforeSeq: number },
  ): Promise<readonly ReadEntry[]> {
    const tail = this.#tailOf(log);
    tail.startAt(segment);
    const needle = session === undefined ? undefined : Buffer.from(JSON.stringify(session));
    const kept: ReadEntry[] = [];
    for await (const record of tail.readOn()) {
      if (record.segment !== segment || record.seq >= beforeSeq) break;
      if (needle !== undefined && !record.bytes.includes(needle)) continue;
      const entry = decodeEntry(record.bytes);
      if (entry === undefined || (kind !== undefined && entry.kind !== kind)) continue;
      if (session !== undefined && entry.session !== session) continue;
      kept.push({ entry, bytes: Buffer.from(record.bytes) });
      if (kept.length > limit) kept.shift();
    }
    return kept;
  }

  #tailOf(log: string): LogTail {
    return new LogTail(path.join(this.#directory, log));
  }

  /** So that no name leads out of the directory. */
  #isLogName(name: string): boolean {
    return LOG_NAME.test(name) && name !== KEYS_DIRECTORY;
  }

  async #readKey(log: string): Promise<string | undefined> {
    const file = path.join(this.#directory, KEYS_DIRECTORY, `${log}.pub`);
    return (await readTextIfPresent(file))?.trim();
  }
}

/** The last notes of a checkpoint file, newest first, one of each size: it is there again when witnesses had signed it. */
async function readNewest(checkpointPath: string, limit: number): Promise<readonly string[]> {
  const bySize = new Map<number, string>();
  for await (const part of readNotes(checkpointPath)) {
    if (part.kind === 'end') break;
    for (const { text } of part.notes) {
      const size = readNoteSize(text);
      // What was there before moves to the end.
      bySize.delete(size);
      bySize.set(size, text);
      const [oldest] = bySize.keys();
      if (bySize.size > limit && oldest !== undefined) bySize.delete(oldest);
    }
  }
  return [...bySize.values()].toReversed();
}

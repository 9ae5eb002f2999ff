import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { RecentLeaves } from './growing-tree.ts';
import { LedgerError } from './ledger-error.ts';
import { LogTail } from './log-tail.ts';
import { hashLeaf } from './merkle-frontier.ts';
import { type MerklePath, verifyConsistency } from './merkle-proof.ts';
import type { Checkpoint } from './signed-note.ts';
import {
  countHashes,
  HASH_BYTES,
  listPartialTiles,
  TILE_WIDTH,
  type TilePlace,
  tilePath,
} from './tile-path.ts';
import { hashLevel, TileError, TileTree } from './tile-tree.ts';

/** The beginning of a tile. */
interface TileEdge {
  /** Room for a whole tile. */
  readonly hashes: Buffer;
  /** Hashes that are there. */
  width: number;
}

/** What a `TileWriter` begins with. */
export interface TileWriterOptions {
  /** The checkpoint whose tiles an earlier process wrote last. */
  readonly last?: Checkpoint | undefined;
  /** Of the log, if it is written by this process: other leaves are read from its segments. */
  readonly leaves?: RecentLeaves | undefined;
  /** Where `tile/` is laid. Default: the log's own directory. */
  readonly target?: string;
}

/** A file that is to be written. */
interface TileFile {
  readonly level: number;
  readonly file: string;
  readonly bytes: Buffer;
}

/** Tiles that are written at once: as many as keep the threads that write files busy, with few turns of this one. */
const WRITTEN_AT_ONCE = 16;

/**
 * Lays the hashes of a log's tree beside its segments, as tools for tiled logs read them. Tiles are copies: they are
 * not synced, and are made again from the segments when they do not fit a checkpoint.
 */
export class TileWriter {
  readonly #directory: string;
  readonly #target: string;
  /** Whose tiles should be there from an earlier process. */
  #resumeAt: Checkpoint | undefined;
  readonly #leaves: RecentLeaves | undefined;
  #tail: LogTail;
  /** Entries whose hashes are in tiles. */
  #size = 0;
  /** Of each level the tile that is not whole yet. */
  #edges: TileEdge[] = [];
  /** Directories of tiles that were laid out before they were whole. */
  #partial = new Set<string>();
  /** What is whole and not written yet. */
  #unwritten: TileFile[] = [];
  /** Where tiles can be written. */
  #tileDirectory = '';
  #areDamaged = false;
  /** How often tiles were laid out, and whether they are being so. */
  #turn = 0;
  #isAtWork = false;

  /** @param directory Of the log. */
  constructor(directory: string, options: TileWriterOptions = {}) {
    this.#directory = directory;
    this.#target = options.target ?? directory;
    this.#resumeAt = options.last;
    this.#leaves = options.leaves;
    this.#tail = new LogTail(directory);
  }

  /** Whether a proof that they should give failed: `advance` makes all anew, also for the same checkpoint. */
  get areDamaged(): boolean {
    return this.#areDamaged;
  }

  /**
   * The path that shows that the tree of a checkpoint which was laid out continues that of its first entries. It is followed to
   * the root: of all tiles only those at the right edge are looked at when they are laid out.
   *
   * @throws {TileError} If tiles are gone or damaged.
   */
  async prove(oldSize: number, { size, root }: Checkpoint): Promise<MerklePath> {
    if (oldSize === 0 || oldSize === size) return [];
    const turn = this.#turn;
    try {
      const tree = new TileTree(this.#target, size);
      const path = await tree.proveConsistency(oldSize);
      const oldRoot = await tree.rootAt(oldSize);
      if (verifyConsistency({ oldSize, oldRoot, size, root }, path)) return path;
      throw new TileError(`Cannot prove that ${size} entries continue ${oldSize}: other hashes`);
    } catch (error) {
      // While they are laid out anew, it is no wonder.
      if (error instanceof TileError && turn === this.#turn && !this.#isAtWork) {
        this.#areDamaged = true;
      }
      throw error;
    }
  }

  /** Writes the tiles of a checkpoint, which must be in the log. Makes all anew if they do not lead to its root. */
  async advance(checkpoint: Checkpoint): Promise<void> {
    this.#turn += 1;
    this.#isAtWork = true;
    try {
      await this.#advance(checkpoint);
    } finally {
      this.#isAtWork = false;
    }
  }

  async #advance(checkpoint: Checkpoint): Promise<void> {
    try {
      if (this.#areDamaged) await this.#removeAll();
      this.#areDamaged = false;
      if (this.#resumeAt !== undefined) await this.#resume(this.#resumeAt);
      this.#resumeAt = undefined;
      await this.#addEntries(checkpoint.size, this.#leaves);
      if (!(await this.#leadTo(checkpoint))) {
        await this.#removeAll();
        await this.#addEntries(checkpoint.size, undefined);
        if (!(await this.#leadTo(checkpoint))) throw this.#contradicted(checkpoint);
      }
      this.#leaves?.forget(checkpoint.size);
    } catch (error) {
      // Nobody knows what was written: the next time all is.
      this.#forget();
      throw error;
    }
  }

  /** Goes on from a checkpoint whose tiles are there; begins anew if they are not. */
  async #resume(checkpoint: Checkpoint): Promise<void> {
    if (!(await this.#leadTo(checkpoint))) return;
    const { size } = checkpoint;
    const tree = new TileTree(this.#target, size);
    for (const place of listPartialTiles(size)) {
      const { level, index, width } = place;
      const edge = this.#edgeOf(level);
      edge.width = width;
      (await tree.readTile(level, index)).copy(edge.hashes, 0, 0, width * HASH_BYTES);
      this.#partial.add(path.dirname(this.#fileOf(place)));
    }
    this.#size = size;
  }

  /** Whether the tiles that are there lead to the checkpoint's root. */
  async #leadTo({ size, root }: Checkpoint): Promise<boolean> {
    try {
      return (await new TileTree(this.#target, size).root()).equals(root);
    } catch (error) {
      if (error instanceof TileError) return false;
      throw error;
    }
  }

  async #removeAll(): Promise<void> {
    this.#forget();
    await rm(path.join(this.#target, 'tile'), { recursive: true, force: true });
  }

  /** Begins at the first entry again. */
  #forget(): void {
    this.#tail = new LogTail(this.#directory);
    this.#size = 0;
    this.#edges = [];
    this.#partial.clear();
    this.#unwritten = [];
    this.#tileDirectory = '';
  }

  async #addEntries(size: number, leaves: RecentLeaves | undefined): Promise<void> {
    while (this.#size < size) {
      if (leaves !== undefined && leaves.since <= this.#size) await this.#addRecent(size, leaves);
      else await this.#addStored(Math.min(size, leaves?.since ?? size));
    }
    for (const place of listPartialTiles(size)) {
      const { hashes, width } = this.#edgeOf(place.level);
      await this.#write(place, Buffer.from(hashes.subarray(0, width * HASH_BYTES)));
      this.#partial.add(path.dirname(this.#fileOf(place)));
    }
    await this.#flush();
  }

  /** Adds the leaves of one tile that are remembered. */
  async #addRecent(size: number, leaves: RecentLeaves): Promise<void> {
    const range = leaves.read(this.#size, size);
    if (range === undefined) throw this.#missing();
    const edge = this.#edgeOf(0);
    range.hashes.copy(edge.hashes, edge.width * HASH_BYTES);
    const count = range.hashes.length / HASH_BYTES;
    edge.width += count;
    this.#size += count;
    if (edge.width === TILE_WIDTH) await this.#endTile(0, range.tileRoot);
  }

  /** Adds entries from the log, up to a size. */
  async #addStored(size: number): Promise<void> {
    if (this.#tail.seq !== this.#size) await this.#skipTo(this.#size);
    const add = (leafHash: string): boolean => this.#addLeaf(leafHash) || this.#size === size;
    const isWanted = (entry: Buffer): boolean => add(hashLeaf(entry));
    const isLeafWanted = (leafHash: Buffer): boolean => add(leafHash.toString('hex'));
    for await (const _ of this.#tail.readOn({ isWanted, isLeafWanted })) {
      // Others have their turn meanwhile: hashing a long log must not hold up what the gateway is there for.
      if (this.#edgeOf(0).width === TILE_WIDTH) await this.#endTile(0);
      if (this.#size === size) return;
    }
    throw this.#missing();
  }

  #contradicted({ size }: Checkpoint): LedgerError {
    const reason = `${size} entries of ${this.#directory} do not lead to the root of their checkpoint`;
    return new LedgerError('ERR_LEDGER_CORRUPT', `Cannot lay the tree out: ${reason}`);
  }

  #missing(): LedgerError {
    const reason = `entry ${this.#size} is not in ${this.#directory}`;
    return new LedgerError('ERR_LEDGER_CORRUPT', `Cannot lay the tree out: ${reason}`);
  }

  /** Returns whether that makes a tile whole. @param leafHash Hex. */
  #addLeaf(leafHash: string): boolean {
    const edge = this.#edgeOf(0);
    edge.hashes.write(leafHash, edge.width * HASH_BYTES, 'hex');
    edge.width += 1;
    this.#size += 1;
    return edge.width === TILE_WIDTH;
  }

  /** Has a tile written that is whole. Its root belongs to the next level. */
  async #endTile(level: number, root?: Buffer): Promise<void> {
    const edge = this.#edgeOf(level);
    const above = this.#edgeOf(level + 1);
    (root ?? hashLevel(edge.hashes)).copy(above.hashes, above.width * HASH_BYTES);
    const index = countHashes(this.#size, level + 1) - 1;
    await this.#write({ level, index, width: TILE_WIDTH }, Buffer.from(edge.hashes));
    edge.width = 0;
    above.width += 1;
    if (above.width === TILE_WIDTH) await this.#endTile(level + 1);
  }

  async #write(place: TilePlace, bytes: Buffer): Promise<void> {
    const file = this.#fileOf(place);
    const directory = path.dirname(file);
    if (directory !== this.#tileDirectory) await mkdir(directory, { recursive: true, mode: 0o700 });
    this.#tileDirectory = directory;
    this.#unwritten.push({ level: place.level, file, bytes });
    if (this.#unwritten.length === WRITTEN_AT_ONCE) await this.#flush();
  }

  /**
   * One level after the other: whenever this ends, a tile is there only if those beneath it are, and who goes on need
   * look at the uppermost only. What was laid out before it was whole goes when the whole is there.
   */
  async #flush(): Promise<void> {
    const files = this.#unwritten;
    this.#unwritten = [];
    const levels = new Set(files.map(({ level }) => level));
    for (const level of [...levels].sort((one, other) => one - other)) {
      await writeAll(files.filter((file) => file.level === level));
    }
    for (const { file } of files) {
      const partial = `${file}.p`;
      if (this.#partial.delete(partial)) await rm(partial, { recursive: true, force: true });
    }
  }

  #fileOf(place: TilePlace): string {
    return path.join(this.#target, tilePath(place));
  }

  #edgeOf(level: number): TileEdge {
    this.#edges[level] ??= { hashes: Buffer.alloc(TILE_WIDTH * HASH_BYTES), width: 0 };
    return this.#edges[level];
  }

  /** Passes over the entries whose hashes are known. */
  async #skipTo(size: number): Promise<void> {
    const segments = await this.#tail.listSegments();
    const segment = segments.findLast((name) => Number.parseInt(name, 10) <= size);
    if (segment === undefined) return;
    this.#tail.startAt(segment);
    if (this.#tail.seq === size) return;
    const isLeafWanted = (): boolean => true;
    for await (const { seq } of this.#tail.readOn({ isLeafWanted })) if (seq + 1 === size) return;
  }
}

/** Does not end before all have ended: what is written again must not be replaced by what was written before. */
async function writeAll(files: readonly TileFile[]): Promise<void> {
  const written = await Promise.allSettled(files.map(writeWhole));
  const failed = written.find(({ status }) => status === 'rejected');
  if (failed?.status === 'rejected') throw failed.reason;
}

/** Appears whole, or not at all. Beside this thread: while others sync, a rename may take its disk's time. */
async function writeWhole({ file, bytes }: TileFile): Promise<void> {
  await writeFile(`${file}.unfinished`, bytes, { mode: 0o600 });
  await rename(`${file}.unfinished`, file);
}

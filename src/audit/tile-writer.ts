import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { LogTail } from './log-tail.ts';
import { hashLeaf } from './merkle-frontier.ts';
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

/**
 * Lays the hashes of a log's tree beside its segments, as tools for tiled logs read them. Tiles are copies: they are
 * not synced, and are made again from the segments when they do not fit a checkpoint.
 */
export class TileWriter {
  readonly #directory: string;
  readonly #target: string;
  /** Whose tiles should be there from an earlier process. */
  #resumeAt: Checkpoint | undefined;
  #tail: LogTail;
  /** Entries whose hashes are in tiles. */
  #size = 0;
  /** Of each level the tile that is not whole yet. */
  #edges: TileEdge[] = [];
  /** Directories of tiles that were laid out before they were whole. */
  #partial = new Set<string>();
  /** Where the last tile was written. */
  #tileDirectory = '';

  /**
   * @param directory Of the log.
   * @param last The checkpoint whose tiles were written last.
   * @param target Where `tile/` is laid. Default: the log's own directory.
   */
  constructor(directory: string, last?: Checkpoint, target: string = directory) {
    this.#directory = directory;
    this.#target = target;
    this.#resumeAt = last;
    this.#tail = new LogTail(directory);
  }

  /** Writes the tiles of a checkpoint, which must be in the log. Makes all anew if they do not lead to its root. */
  async advance(checkpoint: Checkpoint): Promise<void> {
    try {
      if (this.#resumeAt !== undefined) await this.#resume(this.#resumeAt);
      this.#resumeAt = undefined;
      await this.#addEntries(checkpoint.size);
      if (await this.#leadTo(checkpoint)) return;
      this.#forget();
      await rm(path.join(this.#target, 'tile'), { recursive: true, force: true });
      await this.#addEntries(checkpoint.size);
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
    await this.#skipTo(size);
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

  /** Begins at the first entry again. */
  #forget(): void {
    this.#tail = new LogTail(this.#directory);
    this.#size = 0;
    this.#edges = [];
    this.#partial.clear();
    this.#tileDirectory = '';
  }

  async #addEntries(size: number): Promise<void> {
    const add = (leafHash: string): boolean => this.#addLeaf(leafHash) || this.#size === size;
    const isWanted = (entry: Buffer): boolean => add(hashLeaf(entry));
    const isLeafWanted = (leafHash: Buffer): boolean => add(leafHash.toString('hex'));
    if (this.#size < size) {
      for await (const _ of this.#tail.readOn({ isWanted, isLeafWanted })) {
        if (this.#edgeOf(0).width === TILE_WIDTH) {
          // Others have their turn meanwhile: hashing a long log must not hold up what the gateway is there for.
          await this.#endTile(0);
        }
        if (this.#size === size) break;
      }
    }
    for (const place of listPartialTiles(size)) {
      const { hashes, width } = this.#edgeOf(place.level);
      await this.#write(place, hashes.subarray(0, width * HASH_BYTES));
      this.#partial.add(this.#tileDirectory);
    }
  }

  /** Returns whether that makes a tile whole. @param leafHash Hex. */
  #addLeaf(leafHash: string): boolean {
    const edge = this.#edgeOf(0);
    edge.hashes.write(leafHash, edge.width * HASH_BYTES, 'hex');
    edge.width += 1;
    this.#size += 1;
    return edge.width === TILE_WIDTH;
  }

  /** Writes a tile that is whole. Its root belongs to the next level. */
  async #endTile(level: number): Promise<void> {
    const { hashes } = this.#edgeOf(level);
    const place = { level, index: countHashes(this.#size, level + 1) - 1, width: TILE_WIDTH };
    await this.#write(place, hashes);
    const partial = `${this.#fileOf(place)}.p`;
    if (this.#partial.delete(partial)) await rm(partial, { recursive: true, force: true });
    this.#edgeOf(level).width = 0;
    const above = this.#edgeOf(level + 1);
    hashLevel(hashes).copy(above.hashes, above.width * HASH_BYTES);
    above.width += 1;
    if (above.width === TILE_WIDTH) await this.#endTile(level + 1);
  }

  /** Appears whole, or not at all. Beside this thread: while others sync, a rename may take its disk's time. */
  async #write(place: TilePlace, bytes: Buffer): Promise<void> {
    const file = this.#fileOf(place);
    const directory = path.dirname(file);
    if (directory !== this.#tileDirectory) await mkdir(directory, { recursive: true, mode: 0o700 });
    this.#tileDirectory = directory;
    await writeFile(`${file}.unfinished`, bytes, { mode: 0o600 });
    await rename(`${file}.unfinished`, file);
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

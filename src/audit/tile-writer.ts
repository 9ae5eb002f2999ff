import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
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

/**
 * Lays the hashes of a log's tree beside its segments, as tools for tiled logs read them. Tiles are copies: they are
 * not synced, and are made again from the segments when they do not fit a checkpoint.
 */
export class TileWriter {
  readonly #directory: string;
  /** Whose tiles should be there from an earlier process. */
  #resumeAt: Checkpoint | undefined;
  #tail: LogTail;
  /** Entries whose hashes are in tiles. */
  #size = 0;
  /** Of each level the hashes of the tile that is not whole yet. */
  #edges: Buffer[][] = [];

  /**
   * @param directory Of the log.
   * @param last The checkpoint whose tiles were written last.
   */
  constructor(directory: string, last?: Checkpoint) {
    this.#directory = directory;
    this.#resumeAt = last;
    this.#tail = new LogTail(directory);
  }

  /** Writes the tiles of a checkpoint, which must be in the log. Makes all anew if they do not lead to its root. */
  async advance(checkpoint: Checkpoint): Promise<void> {
    if (this.#resumeAt !== undefined) await this.#resume(this.#resumeAt);
    this.#resumeAt = undefined;
    await this.#addEntries(checkpoint.size);
    const tree = new TileTree(this.#directory, checkpoint.size);
    if ((await tree.root()).equals(checkpoint.root)) return;
    await this.#rebuild(checkpoint.size);
  }

  /** Goes on from a checkpoint whose tiles are there; begins anew if they are not. */
  async #resume({ size, root }: Checkpoint): Promise<void> {
    const tree = new TileTree(this.#directory, size);
    const isWhole = await tree.root().then(
      (found) => found.equals(root),
      (error: unknown) => {
        if (error instanceof TileError) return false;
        throw error;
      },
    );
    if (!isWhole) return;
    this.#edges = [];
    for (const tile of listPartialTiles(size)) {
      this.#edges[tile.level] = await readHashes(tree, tile);
    }
    this.#size = size;
    await this.#skipTo(size);
  }

  /** Makes all tiles anew. */
  async #rebuild(size: number): Promise<void> {
    this.#tail = new LogTail(this.#directory);
    this.#size = 0;
    this.#edges = [];
    await rm(path.join(this.#directory, 'tile'), { recursive: true, force: true });
    await this.#addEntries(size);
  }

  async #addEntries(size: number): Promise<void> {
    if (size > this.#size) {
      for await (const { seq, bytes } of this.#tail.readOn()) {
        await this.#addHash(0, Buffer.from(hashLeaf(bytes), 'hex'));
        this.#size = seq + 1;
        if (this.#size === size) break;
      }
    }
    for (const place of listPartialTiles(size)) {
      await this.#write(place, Buffer.concat(this.#edges[place.level] ?? []));
    }
  }

  async #addHash(level: number, hash: Buffer): Promise<void> {
    this.#edges[level] ??= [];
    const edge = this.#edges[level];
    edge.push(hash);
    if (edge.length < TILE_WIDTH) return;
    this.#edges[level] = [];
    const index = Math.floor(countHashes(this.#size, level) / TILE_WIDTH);
    const place = { level, index, width: TILE_WIDTH };
    const bytes = Buffer.concat(edge);
    await this.#write(place, bytes);
    await rm(`${path.join(this.#directory, tilePath(place))}.p`, { recursive: true, force: true });
    await this.#addHash(level + 1, hashLevel(bytes));
    // Hashing a long log again must not hold up what the gateway is there for.
    await nextTurn();
  }

  /** Appears whole, or not at all. */
  async #write(place: TilePlace, bytes: Buffer): Promise<void> {
    const file = path.join(this.#directory, tilePath(place));
    await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
    await writeFile(`${file}.unfinished`, bytes, { mode: 0o600 });
    await rename(`${file}.unfinished`, file);
  }

  /** Passes over the entries whose hashes are known. */
  async #skipTo(size: number): Promise<void> {
    const segments = await this.#tail.listSegments();
    const segment = segments.findLast((name) => Number.parseInt(name, 10) <= size);
    if (segment === undefined) return;
    this.#tail.startAt(segment);
    if (this.#tail.seq === size) return;
    for await (const { seq } of this.#tail.readOn()) if (seq + 1 === size) return;
  }
}

async function readHashes(tree: TileTree, { level, index, width }: TilePlace): Promise<Buffer[]> {
  const bytes = await tree.readTile(level, index);
  return Array.from({ length: width }, (_, at) =>
    bytes.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES),
  );
}

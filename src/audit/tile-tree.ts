import { hash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { isMissing } from './checkpoint-file.ts';
import { hashPair } from './merkle-frontier.ts';
import { hashNode, type MerklePath } from './merkle-proof.ts';
import { countHashes, HASH_BYTES, TILE_WIDTH, type TilePlace, tilePath } from './tile-path.ts';

/** Thrown where a tile is missing or has the wrong length: tiles are copies, and are made again. */
export class TileError extends Error {
  override readonly name = 'TileError';
}

/** The tree of a log's first `size` entries, read from its tiles. */
export class TileTree {
  readonly #directory: string;
  readonly #size: number;
  /** By path. One proof needs a few of each level. */
  readonly #tiles = new Map<string, Buffer>();

  /**
   * @param directory Of the log.
   * @param size A checkpoint's: only for those there are tiles at the right edge.
   */
  constructor(directory: string, size: number) {
    this.#directory = directory;
    this.#size = size;
  }

  /** @throws {TileError} */
  root(): Promise<Buffer> {
    if (this.#size === 0) return Promise.resolve(hash('sha256', '', 'buffer'));
    return this.#rootOf(0, this.#size);
  }

  /** The root over its first entries. @param oldSize At least one, and no more than it has. @throws {TileError} */
  rootAt(oldSize: number): Promise<Buffer> {
    return this.#rootOf(0, oldSize);
  }

  /** The hash of an entry. @throws {TileError} */
  async leafHash(index: number): Promise<Buffer> {
    return Buffer.from(await this.#rootOf(index, index + 1));
  }

  /**
   * The path from an entry to the root, the leaf's sibling first.
   *
   * @throws {TileError}
   * @see RFC 6962, section 2.1.1
   */
  async proveInclusion(index: number): Promise<MerklePath> {
    const proof: Buffer[] = [];
    let [start, end] = [0, this.#size];
    while (end - start > 1) {
      const middle = start + largestPowerBelow(end - start);
      if (index < middle) {
        proof.unshift(await this.#rootOf(middle, end));
        end = middle;
      } else {
        proof.unshift(await this.#rootOf(start, middle));
        start = middle;
      }
    }
    return proof;
  }

  /**
   * The path that shows that this tree continues that of its first `oldSize` entries.
   *
   * @throws {TileError}
   * @see RFC 6962, section 2.1.2
   */
  async proveConsistency(oldSize: number): Promise<MerklePath> {
    if (oldSize === 0 || oldSize === this.#size) return [];
    const proof: Buffer[] = [];
    let [start, end] = [0, this.#size];
    while (oldSize < end) {
      const middle = start + largestPowerBelow(end - start);
      if (oldSize <= middle) {
        proof.unshift(await this.#rootOf(middle, end));
        end = middle;
      } else {
        proof.unshift(await this.#rootOf(start, middle));
        start = middle;
      }
    }
    // The old root itself is known to who checks.
    if (start !== 0) proof.unshift(await this.#rootOf(start, end));
    return proof;
  }

  /** MTH(D[start:end]) of the specification. */
  async #rootOf(start: number, end: number): Promise<Buffer> {
    const count = end - start;
    const power = largestPowerUpTo(count);
    if (power < count) {
      const middle = start + power;
      return hashNode(await this.#rootOf(start, middle), await this.#rootOf(middle, end));
    }
    // Tiles have the hashes of every eighth height; what is between them is one tile's part.
    let level = 0;
    while (TILE_WIDTH ** (level + 1) <= count) level++;
    const perHash = TILE_WIDTH ** level;
    const first = start / perHash;
    const tile = await this.readTile(level, Math.floor(first / TILE_WIDTH));
    const offset = (first % TILE_WIDTH) * HASH_BYTES;
    return hashLevel(tile.subarray(offset, offset + (count / perHash) * HASH_BYTES));
  }

  /** The hashes of a tile, 32 bytes each: at least those that the tree has. @throws {TileError} */
  async readTile(level: number, index: number): Promise<Buffer> {
    const left = countHashes(this.#size, level) - index * TILE_WIDTH;
    const place: TilePlace = { level, index, width: Math.min(left, TILE_WIDTH) };
    const known = this.#tiles.get(tilePath(place));
    if (known !== undefined) return known;
    // A partial tile goes when the whole one is there.
    const bytes =
      (await this.#readWhole(place)) ?? (await this.#readWhole({ ...place, width: TILE_WIDTH }));
    if (bytes === undefined) throw new TileError(`Cannot read ${tilePath(place)}: not there`);
    this.#tiles.set(tilePath(place), bytes);
    return bytes;
  }

  async #readWhole(place: TilePlace): Promise<Buffer | undefined> {
    try {
      const bytes = await readFile(path.join(this.#directory, tilePath(place)));
      return bytes.length === place.width * HASH_BYTES ? bytes : undefined;
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }
}

/** The root over hashes of one height, a power of two of them. @param hashes 32 bytes each. */
export function hashLevel(hashes: Buffer): Buffer {
  const level = Buffer.from(hashes);
  for (let width = level.length; width > HASH_BYTES; width /= 2) {
    for (let pair = 0; pair < width; pair += 2 * HASH_BYTES) {
      level.write(hashPair(level, pair), pair / 2, 'latin1');
    }
  }
  return level.subarray(0, HASH_BYTES);
}

/** A loop, as logarithms of large numbers are rounded. */
function largestPowerUpTo(count: number): number {
  let power = 1;
  while (power * 2 <= count) power *= 2;
  return power;
}

function largestPowerBelow(count: number): number {
  return largestPowerUpTo(count - 1);
}

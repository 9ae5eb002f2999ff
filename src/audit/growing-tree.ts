import type { MerkleFrontier } from './merkle-frontier.ts';
import { HASH_BYTES, TILE_WIDTH } from './tile-path.ts';

/** 8 MiB, for 262 144 entries between two checkpoints. If more come, the oldest are read from the log again. */
const TILES_MAX = 1024;

/** Leaf hashes of one tile that are remembered. */
export interface LeafRange {
  /** 32 bytes each. May be kept: entries that come later do not change them. */
  readonly hashes: Buffer;
  /** The tile's own hash, if the range ends it. */
  readonly tileRoot: Buffer | undefined;
}

/** The leaf hashes of the entries that came last. */
export interface RecentLeaves {
  /** The first entry whose hash is remembered, if there are any. */
  readonly since: number;
  /** Hashes from an entry on, at most to the end of its tile and before `end`. Undefined if they are not remembered. */
  read(start: number, end: number): LeafRange | undefined;
  /** Entries before `size` are not asked for any more. */
  forget(size: number): void;
}

interface LeafTile {
  readonly hashes: Buffer;
  readonly root: Buffer;
}

/**
 * The tree of a log that entries are added to: its right edge, and the leaf hashes that came last, so that who lays
 * the tree out need not read the entries again.
 */
export class GrowingTree implements RecentLeaves {
  #frontier: MerkleFrontier;
  #since: number;
  /** By their index, oldest first. */
  readonly #tiles = new Map<number, LeafTile>();
  /** The one that is being filled. */
  #last: LeafTile | undefined;
  readonly #tilesMax: number;
  readonly #leaf: Buffer = Buffer.alloc(HASH_BYTES);

  /** @param frontier Of the entries that are there. Belongs to the tree from now on. */
  constructor(frontier: MerkleFrontier, tilesMax: number = TILES_MAX) {
    this.#frontier = frontier;
    this.#since = frontier.size;
    this.#tilesMax = tilesMax;
  }

  get size(): number {
    return this.#frontier.size;
  }

  get since(): number {
    return this.#since;
  }

  peaks(): Buffer {
    return this.#frontier.peaks();
  }

  /** @param leafHash Hex. */
  append(leafHash: string): void {
    const { size } = this.#frontier;
    this.#leaf.write(leafHash, 'hex');
    this.#frontier.append(this.#leaf);
    const at = size % TILE_WIDTH;
    if (at === 0 || this.#last === undefined) this.#last = this.#begin((size - at) / TILE_WIDTH);
    this.#last.hashes.set(this.#leaf, at * HASH_BYTES);
    if (at === TILE_WIDTH - 1) this.#last.root.set(this.#frontier.tileRoot);
  }

  /** Goes on from another edge, which lies behind entries that were not added here. */
  continueFrom(frontier: MerkleFrontier): void {
    this.#frontier = frontier;
    this.#tiles.clear();
    this.#last = undefined;
    this.#since = frontier.size;
  }

  read(start: number, end: number): LeafRange | undefined {
    const at = start % TILE_WIDTH;
    const tile = this.#tiles.get((start - at) / TILE_WIDTH);
    const until = Math.min(end, this.size) - start + at;
    if (tile === undefined || start < this.#since || until <= at) return undefined;
    const hashes = tile.hashes.subarray(at * HASH_BYTES, until * HASH_BYTES);
    return { hashes, tileRoot: until >= TILE_WIDTH ? tile.root : undefined };
  }

  forget(size: number): void {
    for (const index of this.#tiles.keys()) {
      if ((index + 1) * TILE_WIDTH > size) return;
      this.#drop(index);
    }
  }

  #begin(index: number): LeafTile {
    const tile = {
      hashes: Buffer.alloc(TILE_WIDTH * HASH_BYTES),
      root: Buffer.alloc(HASH_BYTES),
    };
    const [oldest] = this.#tiles.keys();
    if (oldest !== undefined && this.#tiles.size >= this.#tilesMax) this.#drop(oldest);
    this.#tiles.set(index, tile);
    return tile;
  }

  #drop(index: number): void {
    this.#tiles.delete(index);
    this.#since = Math.max(this.#since, (index + 1) * TILE_WIDTH);
  }
}

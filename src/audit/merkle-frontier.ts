import assert from 'node:assert/strict';
import { hash } from 'node:crypto';

const HASH_BYTES = 32;
/** One peak per binary digit of the largest safe integer, and one slot for the leaf being added. */
const PEAKS_MAX = 54;
/** Of the subtrees whose roots are hashes of the next level of tiles. */
const TILE_HEIGHT = 8;

/**
 * The right edge of an append-only Merkle tree: all that is needed to add entries and to state the
 * root. Holds at most one hash per bit of the entry count, so a billion entries cost 30 hashes.
 *
 * @see RFC 6962, section 2.1 (tree hash; the 0x00 and 0x01 prefixes keep leaves and nodes apart)
 */
export class MerkleFrontier {
  #size: number;
  /** Roots of the complete subtrees, largest first, packed. Their sizes are the binary digits of `#size`. */
  readonly #peaks: Buffer = Buffer.alloc(PEAKS_MAX * HASH_BYTES);
  #peakCount: number;
  /** Root of the newest 256 entries that fill a tile; overwritten by the next ones. */
  readonly tileRoot: Buffer = Buffer.alloc(HASH_BYTES);

  /** Continues from `peaks()` of a tree of `size` entries; without arguments, an empty tree. */
  constructor(size = 0, peaks: Uint8Array = Buffer.alloc(0)) {
    assert.equal(peaks.length, countPeaks(size) * HASH_BYTES);
    this.#size = size;
    this.#peaks.set(peaks);
    this.#peakCount = countPeaks(size);
  }

  /** How many entries were added. */
  get size(): number {
    return this.#size;
  }

  /** Adds one entry by its leaf hash. Like adding one in binary: equal subtrees merge and carry. */
  append(leafHash: Uint8Array): void {
    this.#peaks.set(leafHash, this.#peakCount * HASH_BYTES);
    this.#peakCount++;
    let height = 0;
    for (let carry = this.#size; carry % 2 === 1; carry = (carry - 1) / 2) {
      this.#peakCount--;
      const left = (this.#peakCount - 1) * HASH_BYTES;
      // The two subtrees lie side by side; their parent takes the left one's place.
      this.#peaks.write(hashPair(this.#peaks, left), left, 'latin1');
      height++;
      if (height === TILE_HEIGHT) this.#peaks.copy(this.tileRoot, 0, left, left + HASH_BYTES);
    }
    this.#size++;
  }

  /** 32 bytes. For no entries, the SHA-256 of nothing. */
  root(): Buffer {
    if (this.#peakCount === 0) return hash('sha256', '', 'buffer');
    const right = Buffer.alloc(HASH_BYTES);
    let index = this.#peakCount - 1;
    this.#peaks.copy(right, 0, index * HASH_BYTES, (index + 1) * HASH_BYTES);
    while (index > 0) {
      index--;
      this.#peaks.copy(node, 1, index * HASH_BYTES, (index + 1) * HASH_BYTES);
      right.copy(node, 1 + HASH_BYTES);
      right.write(hashNode(), 'latin1');
    }
    return right;
  }

  /** A copy of the subtree roots, largest first, 32 bytes each: with `size`, enough to continue. */
  peaks(): Buffer {
    return Buffer.from(this.#peaks.subarray(0, this.#peakCount * HASH_BYTES));
  }
}

/** Where a tree stood at one moment. */
export type Edge = Pick<MerkleFrontier, 'size' | 'peaks'>;

/** Where a tree stands now; it may grow. */
export function edgeOf(tree: Edge): Edge {
  const { size } = tree;
  const peaks = tree.peaks();
  return { size, peaks: () => peaks };
}

/** How many complete subtrees a tree of `size` entries has: the ones in the number's binary form. */
export function countPeaks(size: number): number {
  let count = 0;
  for (let rest = size; rest > 0; rest = Math.floor(rest / 2)) count += rest % 2;
  return count;
}

/** Hex SHA-256 over 0x00 and the entry: its leaf in the tree. */
export function hashLeaf(entry: Uint8Array): string {
  const prefixed = Buffer.allocUnsafe(entry.length + 1);
  prefixed[0] = 0x00;
  prefixed.set(entry, 1);
  return hash('sha256', prefixed, 'hex');
}

/** The node over two hashes that lie side by side at `offset`, as `hashNode` gives it. */
export function hashPair(hashes: Buffer, offset: number): string {
  hashes.copy(node, 1, offset, offset + 2 * HASH_BYTES);
  return hashNode();
}

/** 0x01, left hash, right hash: filled in place before each `hashNode`. */
const node: Buffer = Buffer.alloc(1 + 2 * HASH_BYTES, 0x01);

/** Bytes as characters: four times cheaper to get out of `hash` than a new Buffer. */
function hashNode(): string {
  return hash('sha256', node, 'binary');
}

import { hash } from 'node:crypto';
import { LogTail, type TailRecord } from './log-tail.ts';
import { hashLeaf } from './merkle-frontier.ts';

/** An entry with its path up to a root. */
export interface InclusionProof {
  /** As stored and hashed. */
  readonly bytes: Buffer;
  /** From the leaf up, 32 bytes each. */
  readonly path: readonly Buffer[];
}

/** Leaves of one block, of which only the root is kept: 32 bytes for 1 024 entries. A power of 2. */
const BLOCK_LEAVES = 1_024;

interface Leaf {
  readonly leafHash: Buffer;
  /** Of the entry, as stored; undefined if it expired. */
  readonly bytes: Buffer | undefined;
}

/** A block, and its first record. */
interface Block {
  readonly first: Pick<TailRecord, 'segment' | 'offset' | 'seq'>;
  readonly root: Buffer | undefined;
}

/**
 * Proves that entries are in a log. Reads each entry once to hash it, and those of two blocks again for a
 * proof. May run beside the gateway.
 *
 * @see RFC 6962, section 2.1.1
 */
export class MerkleProver {
  readonly #directory: string;
  #tail: LogTail;
  /** Complete blocks, and the one that is being filled. */
  #blocks: Block[] = [];
  /** Of the last block. */
  #leaves: Buffer[] = [];
  #queue: Promise<unknown> = Promise.resolve();

  /** @param directory Of the log's segments. */
  constructor(directory: string) {
    this.#directory = directory;
    this.#tail = new LogTail(directory);
  }

  /**
   * The path of an entry in the tree of the first `size` entries. Undefined if the log is shorter, or has
   * no such entry.
   */
  prove(index: number, size: number): Promise<InclusionProof | undefined> {
    const proof = this.#queue.then(async () => {
      await this.#readOn();
      if (index >= size || size > this.#tail.seq) return undefined;
      const block = Math.floor(index / BLOCK_LEAVES);
      const found = await this.#readBlock(block);
      const leaves = new Map([[block, found.map(({ leafHash }) => leafHash)]]);
      const bytes = found[index % BLOCK_LEAVES]?.bytes;
      if (bytes === undefined) return undefined;
      return { bytes, path: await this.#findPath(index, { start: 0, end: size }, leaves) };
    });
    this.#queue = proof.catch(() => undefined);
    return proof;
  }

  async #readOn(): Promise<void> {
    const onRewind = (): void => {
      this.#blocks = [];
      this.#leaves = [];
    };
    for await (const record of this.#tail.readOn({ onRewind, isLeafWanted: () => true })) {
      const { segment, offset, seq } = record;
      if (this.#leaves.length === 0) {
        this.#blocks.push({ first: { segment, offset, seq }, root: undefined });
      }
      this.#leaves.push(Buffer.from(leafOf(record)));
      if (this.#leaves.length < BLOCK_LEAVES) continue;
      const last = this.#blocks.pop();
      if (last !== undefined) this.#blocks.push({ ...last, root: hashTree(this.#leaves) });
      this.#leaves = [];
    }
  }

  async #readBlock(block: number): Promise<readonly Leaf[]> {
    const known = this.#blocks[block];
    if (known === undefined) return [];
    const tail = new LogTail(this.#directory);
    tail.resumeAt(known.first);
    const found: Leaf[] = [];
    for await (const record of tail.readOn({ isLeafWanted: () => true })) {
      const bytes = record.expiredLeaf === undefined ? Buffer.from(record.bytes) : undefined;
      found.push({ leafHash: Buffer.from(leafOf(record)), bytes });
      if (found.length === BLOCK_LEAVES) break;
    }
    return found;
  }

  /** PATH(m, D[n]) of the specification, over a range. */
  async #findPath(
    index: number,
    { start, end }: Range,
    leaves: Map<number, readonly Buffer[]>,
  ): Promise<readonly Buffer[]> {
    if (end - start === 1) return [];
    const middle = start + largestPowerBelow(end - start);
    const [inside, beside] =
      index < middle
        ? [
            { start, end: middle },
            { start: middle, end },
          ]
        : [
            { start: middle, end },
            { start, end: middle },
          ];
    const path = await this.#findPath(index, inside, leaves);
    return [...path, await this.#findRoot(beside, leaves)];
  }

  /** MTH(D[start:end]): from the roots of blocks, or from leaves within one. */
  async #findRoot({ start, end }: Range, leaves: Map<number, readonly Buffer[]>): Promise<Buffer> {
    const size = end - start;
    const block = Math.floor(start / BLOCK_LEAVES);
    if (size === BLOCK_LEAVES && start % BLOCK_LEAVES === 0) {
      const root = this.#blocks[block]?.root;
      if (root !== undefined) return root;
    }
    if (size <= BLOCK_LEAVES) {
      const of =
        leaves.get(block) ?? (await this.#readBlock(block)).map(({ leafHash }) => leafHash);
      leaves.set(block, of);
      return hashTree(of.slice(start % BLOCK_LEAVES, (start % BLOCK_LEAVES) + size));
    }
    const middle = start + largestPowerBelow(size);
    const left = await this.#findRoot({ start, end: middle }, leaves);
    return hashNode(left, await this.#findRoot({ start: middle, end }, leaves));
  }
}

interface Range {
  readonly start: number;
  readonly end: number;
}

/** The largest power of two that is smaller. */
function largestPowerBelow(size: number): number {
  let power = 1;
  while (power * 2 < size) power *= 2;
  return power;
}

function leafOf({ bytes, expiredLeaf }: TailRecord): Buffer {
  return expiredLeaf ?? Buffer.from(hashLeaf(bytes), 'hex');
}

function hashTree(leaves: readonly Buffer[]): Buffer {
  const [only] = leaves;
  if (only === undefined) return hash('sha256', '', 'buffer');
  if (leaves.length === 1) return only;
  const middle = largestPowerBelow(leaves.length);
  return hashNode(hashTree(leaves.slice(0, middle)), hashTree(leaves.slice(middle)));
}

function hashNode(left: Buffer, right: Buffer): Buffer {
  return hash('sha256', Buffer.concat([Buffer.of(0x01), left, right]), 'buffer');
}

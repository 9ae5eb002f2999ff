import { hash } from 'node:crypto';

const HASH_BYTES = 32;

/** A path between two places of a Merkle tree: 32 bytes each. */
export type MerklePath = readonly Buffer[];

/** That an entry is in a tree. */
export interface InclusionClaim {
  /** Of the entry, from 0. */
  readonly index: number;
  readonly leafHash: Buffer;
  /** Of the tree. */
  readonly size: number;
  readonly root: Buffer;
}

/** That one tree continues another. */
export interface ConsistencyClaim {
  readonly oldSize: number;
  readonly oldRoot: Buffer;
  readonly size: number;
  readonly root: Buffer;
}

/** The hash of a node over its two children. */
export function hashNode(left: Uint8Array, right: Uint8Array): Buffer {
  return hash('sha256', Buffer.concat([Buffer.of(0x01), left, right]), 'buffer');
}

/**
 * Whether a path leads from an entry to the root.
 *
 * @param path From the leaf's sibling up.
 * @see RFC 6962, section 2.1.1
 */
export function verifyInclusion(claim: InclusionClaim, path: MerklePath): boolean {
  const { index, size, leafHash, root } = claim;
  if (index >= size || !path.every(isHash)) return false;
  let node = leafHash;
  let left = index;
  let last = size - 1;
  for (const sibling of path) {
    if (last === 0) return false;
    if (left % 2 === 1 || left === last) {
      node = hashNode(sibling, node);
      // A right edge without siblings: these levels have no node of their own.
      while (left % 2 === 0 && left !== 0) [left, last] = [half(left), half(last)];
    } else {
      node = hashNode(node, sibling);
    }
    [left, last] = [half(left), half(last)];
  }
  return last === 0 && node.equals(root);
}

/**
 * Whether a path shows that the entries of the old tree are the first of the new one.
 *
 * @see RFC 6962, section 2.1.2
 */
export function verifyConsistency(claim: ConsistencyClaim, path: MerklePath): boolean {
  const { oldSize, oldRoot, size, root } = claim;
  if (oldSize > size || !path.every(isHash)) return false;
  if (oldSize === size) return path.length === 0 && oldRoot.equals(root);
  // Everything continues the empty tree.
  if (oldSize === 0) return path.length === 0 && oldRoot.equals(hash('sha256', '', 'buffer'));

  let left = oldSize - 1;
  let last = size - 1;
  while (left % 2 === 1) [left, last] = [half(left), half(last)];
  // An old tree that is one complete subtree is the start itself, and not in the path.
  const [start, ...rest] = left === 0 ? [oldRoot, ...path] : path;
  if (start === undefined) return false;
  let [oldNode, node] = [start, start];
  for (const sibling of rest) {
    if (last === 0) return false;
    if (left % 2 === 1 || left === last) {
      oldNode = hashNode(sibling, oldNode);
      node = hashNode(sibling, node);
      while (left % 2 === 0 && left !== 0) [left, last] = [half(left), half(last)];
    } else {
      node = hashNode(node, sibling);
    }
    [left, last] = [half(left), half(last)];
  }
  return last === 0 && oldNode.equals(oldRoot) && node.equals(root);
}

/** Numbers beyond 32 bits: no bit operators. */
function half(number: number): number {
  return Math.floor(number / 2);
}

function isHash(bytes: Buffer): boolean {
  return bytes.length === HASH_BYTES;
}

import path from 'node:path';

/** Hashes of a whole tile; one tile of the next level has one hash for each tile of this one. */
export const TILE_WIDTH = 256;
export const HASH_BYTES = 32;

/** A tile of a tree: some consecutive hashes of one height. */
export interface TilePlace {
  /** Its hashes are the roots of subtrees of 256^level entries. */
  readonly level: number;
  /** From 0, from left to right. */
  readonly index: number;
  /** Hashes: less than 256 at the right edge. */
  readonly width: number;
}

/** Of a tile below a log's directory: `tile/0/x001/234`, `tile/1/000.p/17`. @see https://c2sp.org/tlog-tiles */
export function tilePath({ level, index, width }: TilePlace): string {
  const whole = path.join('tile', String(level), ...indexElements(index));
  return width === TILE_WIDTH ? whole : path.join(`${whole}.p`, String(width));
}

/** Of a bundle of the same entries as a tile of level 0: `tile/entries/x001/234`. */
export function bundlePath(place: Omit<TilePlace, 'level'>): string {
  const [, , ...elements] = tilePath({ ...place, level: 0 }).split(path.sep);
  return path.join('tile', 'entries', ...elements);
}

/** The hashes of a level that a tree has: whole subtrees only. */
export function countHashes(size: number, level: number): number {
  return Math.floor(size / TILE_WIDTH ** level);
}

/** The tiles at the right edge of a tree that are not whole. */
export function listPartialTiles(size: number): readonly TilePlace[] {
  const tiles: TilePlace[] = [];
  for (let level = 0; countHashes(size, level) > 0; level++) {
    const hashes = countHashes(size, level);
    const width = hashes % TILE_WIDTH;
    if (width > 0) tiles.push({ level, index: Math.floor(hashes / TILE_WIDTH), width });
  }
  return tiles;
}

/** Three digits each, and all but the last begin with an x. */
function indexElements(index: number): readonly string[] {
  const elements = [String(index % 1000).padStart(3, '0')];
  for (let rest = Math.floor(index / 1000); rest > 0; rest = Math.floor(rest / 1000)) {
    elements.unshift(`x${String(rest % 1000).padStart(3, '0')}`);
  }
  return elements;
}

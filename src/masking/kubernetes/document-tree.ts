import { DEPTH_MAX } from '../detectors/read-plain-json.ts';
import { type JsonVisitor, walkJson } from '../detectors/walk-json.ts';

/** A scalar of a document, by where it stands: a string with its quotes. */
export interface Scalar {
  readonly start: number;
  readonly end: number;
  /** Undefined where it is no string. */
  readonly text: string | undefined;
}

export type DocumentNode = Scalar | readonly DocumentNode[] | DocumentMap;
/** An object. Of a key that is there twice all values are kept: clients may read either. */
export type DocumentMap = ReadonlyMap<string, readonly DocumentNode[]>;

/** Reads a document of JSON into a tree that says where its scalars stand; undefined if it is none, or is too deep. */
export function readDocument(bytes: Buffer): DocumentNode | undefined {
  const reader = new TreeReader(bytes);
  const walk = walkJson(bytes, { start: 0, end: bytes.length }, reader);
  return walk === 'done' && !reader.isTooDeep ? reader.root : undefined;
}

/** Whether a node is an object. */
export function isMap(node: DocumentNode | undefined): node is DocumentMap {
  return node instanceof Map;
}

/** Whether a node is a string, a number, `true`, `false` or `null`. */
export function isScalar(node: DocumentNode): node is Scalar {
  return !(node instanceof Map) && !Array.isArray(node);
}

/** The elements of an array; none where it is none. */
export function listElements(node: DocumentNode): readonly DocumentNode[] {
  return Array.isArray(node) ? (node as readonly DocumentNode[]) : [];
}

/** All that an object has under a key. */
export function findAll(node: DocumentNode, key: string): readonly DocumentNode[] {
  return isMap(node) ? (node.get(key) ?? []) : [];
}

/** The strings that an object has under a key. */
export function findTexts(node: DocumentNode, key: string): readonly string[] {
  return findAll(node, key).flatMap((value) =>
    isScalar(value) && value.text !== undefined ? [value.text] : [],
  );
}

type OpenNode = { readonly map: Map<string, DocumentNode[]> } | { readonly list: DocumentNode[] };

class TreeReader implements JsonVisitor {
  root: DocumentNode | undefined;
  isTooDeep = false;
  readonly #bytes: Buffer;
  readonly #open: OpenNode[] = [];
  readonly #keys: string[] = [];

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  enter(isArray: boolean): void {
    this.isTooDeep ||= this.#open.length === DEPTH_MAX;
    if (isArray) {
      const list: DocumentNode[] = [];
      this.#add(list);
      this.#open.push({ list });
    } else {
      const map = new Map<string, DocumentNode[]>();
      this.#add(map);
      this.#open.push({ map });
      this.#keys.push('');
    }
  }

  leave(): void {
    const closed = this.#open.pop();
    if (closed !== undefined && 'map' in closed) this.#keys.pop();
  }

  key(start: number, end: number): void {
    this.#keys[this.#keys.length - 1] = this.#decode(start, end);
  }

  string(start: number, end: number): void {
    this.#add({ start: start - 1, end: end + 1, text: this.#decode(start, end) });
  }

  literal(start: number, end: number): void {
    this.#add({ start, end, text: undefined });
  }

  #add(node: DocumentNode): void {
    const parent = this.#open.at(-1);
    if (parent === undefined) {
      this.root = node;
    } else if ('list' in parent) {
      parent.list.push(node);
    } else {
      const key = this.#keys.at(-1) ?? '';
      const values = parent.map.get(key);
      if (values === undefined) parent.map.set(key, [node]);
      else values.push(node);
    }
  }

  #decode(start: number, end: number): string {
    const text = this.#bytes.toString('utf8', start, end);
    return text.includes('\\') ? (JSON.parse(`"${text}"`) as string) : text;
  }
}

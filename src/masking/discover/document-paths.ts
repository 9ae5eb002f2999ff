import type { SampledColumn } from './sampled-relation.ts';

/** Paths of one column's documents: more are keys that are values, such as numbers of patients. */
const PATHS_MAX = 300;
const DEPTH_MAX = 12;
/** Documents, and their share, that must have a path: what few have may be somebody's name. */
const DOCUMENTS_MIN = 5;
const SHARE_MIN = 0.2;

/** What a path of a JSON column leads to in the documents, as if it were a column. */
export interface DocumentPath {
  /** As the data map writes it. */
  readonly path: string;
  readonly column: SampledColumn;
}

interface Leaf {
  readonly key: string;
  readonly type: 'string' | 'number' | 'boolean';
  readonly values: (string | null)[];
  documents: number;
}

/** Takes documents apart. What is no JSON, because it was cut, is left out. */
export function readDocumentPaths(texts: readonly string[]): readonly DocumentPath[] {
  const leaves = new Map<string, Leaf>();
  let count = 0;
  for (const text of texts) {
    const document = parse(text);
    if (typeof document !== 'object' || document === null) continue;
    count += 1;
    const seen = new Set<string>();
    visit(document, { path: '', key: '', depth: 0 }, (path, key, value) => {
      const leaf = leaves.get(path) ?? {
        key,
        type: typeof value as Leaf['type'],
        values: [],
        documents: 0,
      };
      if (!leaves.has(path)) leaves.set(path, leaf);
      leaf.values.push(String(value));
      if (!seen.has(path)) leaf.documents += 1;
      seen.add(path);
    });
    if (leaves.size > PATHS_MAX) return [];
  }
  return [...leaves]
    .filter(([, { documents }]) => documents >= Math.max(DOCUMENTS_MIN, count * SHARE_MIN))
    .map(([path, leaf]) => ({ path, column: toColumn(leaf) }));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

interface Place {
  readonly path: string;
  /** The last one that is a name. */
  readonly key: string;
  readonly depth: number;
}

type Report = (path: string, key: string, value: string | number | boolean) => void;

function visit(value: unknown, { path, key, depth }: Place, report: Report): void {
  if (depth > DEPTH_MAX || value === null) return;
  if (Array.isArray(value)) {
    // A list at the top has no name to stand behind.
    if (path === '') return;
    for (const item of value) visit(item, { path: `${path}[*]`, key, depth: depth + 1 }, report);
  } else if (typeof value === 'object') {
    for (const [name, item] of Object.entries(value)) {
      // A data map cannot name it.
      if (name === '') continue;
      const step = path === '' ? quoteKey(name) : `${path}.${quoteKey(name)}`;
      visit(item, { path: step, key: name, depth: depth + 1 }, report);
    }
  } else if (
    path !== '' &&
    (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
  ) {
    report(path, key, value);
  }
}

function quoteKey(key: string): string {
  return /^[^.[\]"*\s]+$/.test(key) ? key : `"${key.replaceAll('"', '""')}"`;
}

function toColumn({ key, type, values }: Leaf): SampledColumn {
  const isWhole = values.every((value) => value === null || /^-?\d+$/.test(value));
  const typeName = { string: 'text', number: isWhole ? 'int8' : 'numeric', boolean: 'bool' }[type];
  return { name: key, typeName, typeKind: 'b', comment: '', isUnique: false, values };
}

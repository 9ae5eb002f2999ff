import { open } from 'node:fs/promises';
import type { ConfigurationProblem } from './configuration-error.ts';
import type { TargetFile } from './target-file.ts';
import type { DocumentPositions } from './yaml-document.ts';

/** Bytes of one document. The largest OpenAPI documents in public use have some ten million. */
const DOCUMENT_BYTES_MAX = 32 * 2 ** 20;

/** A target with where its file says what. */
export interface PlacedTarget {
  readonly target: TargetFile;
  readonly positions: DocumentPositions;
}

/** Documents by absolute path, and those that could not be read. */
export interface DocumentReadings {
  readonly documents: ReadonlyMap<string, Buffer>;
  readonly problems: readonly ConfigurationProblem[];
}

/** A file that the configuration refers to, and where. */
export interface NamedDocument {
  readonly path: string;
  readonly positions: DocumentPositions;
  readonly key: readonly (string | number)[];
}

/** Reads what the configuration refers to beside secrets. */
export async function readDocuments(named: readonly NamedDocument[]): Promise<DocumentReadings> {
  const documents = new Map<string, Buffer>();
  const problems: ConfigurationProblem[] = [];
  for (const { path, positions, key } of named) {
    if (documents.has(path)) continue;
    const read = await readDocument(path);
    if (typeof read === 'string') problems.push(positions.problem(key, read));
    else documents.set(path, read);
  }
  return { documents, problems };
}

/** The descriptions of its interface that a target's file names. */
export function listDocuments({ target, positions }: PlacedTarget): readonly NamedDocument[] {
  if (target.kind !== 'http') return [];
  const { openapiFile: path, grpc } = target;
  return [
    ...(path === undefined ? [] : [{ path, positions, key: ['openapi'] }]),
    ...(grpc?.kind === 'descriptors'
      ? [{ path: grpc.file, positions, key: ['grpc', 'descriptors'] }]
      : []),
  ];
}

/** Returns why not, if it cannot be read. */
async function readDocument(path: string): Promise<Buffer | string> {
  try {
    await using file = await open(path, 'r');
    const { size } = await file.stat();
    if (size > DOCUMENT_BYTES_MAX) return `must have at most ${DOCUMENT_BYTES_MAX} bytes`;
    return await file.readFile();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    return code === 'ENOENT' ? 'must be a file that exists' : `cannot be read: ${code}`;
  }
}

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

/** Reads what targets' files refer to beside secrets: descriptions of their interfaces. */
export async function readDocuments(targets: readonly PlacedTarget[]): Promise<DocumentReadings> {
  const documents = new Map<string, Buffer>();
  const problems: ConfigurationProblem[] = [];
  for (const { target, positions } of targets) {
    if (target.kind !== 'http') continue;
    const { openapiFile, grpc } = target;
    const named = [
      { path: openapiFile, key: ['openapi'] },
      { path: grpc?.kind === 'descriptors' ? grpc.file : undefined, key: ['grpc', 'descriptors'] },
    ];
    for (const { path, key } of named) {
      if (path === undefined || documents.has(path)) continue;
      const read = await readDocument(path);
      if (typeof read === 'string') problems.push(positions.problem(key, read));
      else documents.set(path, read);
    }
  }
  return { documents, problems };
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

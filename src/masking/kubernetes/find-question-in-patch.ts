import { findTexts, listElements, readDocument } from './document-tree.ts';

const JSON_PATCH = 'application/json-patch+json';
/** What may be data of a Secret, as it is written. */
const ENCODED = /[A-Za-z0-9+/]{8,}={0,2}/g;
/** That neither read what is there nor move it to where it is shown (RFC 6902, section 4). */
const WRITING_OPERATIONS: ReadonlySet<string> = new Set(['add', 'remove', 'replace']);

/** Why a patch of Secrets may not be sent: it would tell, or copy, what is hidden. Undefined: it does not. */
export function findQuestionInPatch(
  mediaType: string | undefined,
  body: Buffer,
): string | undefined {
  if (mediaType !== JSON_PATCH) return undefined;
  const patch = readDocument(body);
  const operations = patch === undefined ? [] : listElements(patch);
  const isWriting =
    operations.length > 0 &&
    operations.every((operation) => {
      const names = findTexts(operation, 'op');
      return names.length === 1 && names.every((name) => WRITING_OPERATIONS.has(name));
    });
  return isWriting ? undefined : 'it is a patch that reads what is hidden';
}

/** Texts that the body holds in base64, as the data of Secrets is written. */
export function listEncodedTexts(body: Buffer): readonly string[] {
  return (body.toString('latin1').match(ENCODED) ?? []).map((encoded) =>
    Buffer.from(encoded, 'base64').toString('utf8'),
  );
}

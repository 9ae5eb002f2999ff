import {
  type DocumentNode,
  findTexts,
  isMap,
  isScalar,
  listElements,
  readDocument,
} from './document-tree.ts';
import { APPLY_PATCH, JSON_PATCH } from './patch-types.ts';

/** What may be data of a Secret, as it is written. */
const ENCODED = /[A-Za-z0-9+/]{8,}={0,2}/g;
/** That neither read what is there nor move it to where it is shown (RFC 6902, section 4). */
const WRITING_OPERATIONS: ReadonlySet<string> = new Set(['add', 'remove', 'replace']);
/** What of a Secret is hidden, as servers that do not mind case know it; also as a JSON pointer. */
const HIDDEN_KEYS: ReadonlySet<string> = new Set(['data', 'stringdata']);
const HIDDEN_POINTER = /^(?:$|\/data(?:\/|$)|\/stringdata(?:\/|$))/i;
/** The annotation in which kubectl keeps all of it. */
const APPLIED = 'last-applied-configuration';

const READS = 'it is a patch that reads what is hidden';
const COMPARES =
  'whether it changes what is hidden would tell what that is: who may not see a Secret may create it, delete it and change its labels';

/**
 * Why a write to a Secret that exists may not be sent: it would tell, or copy, what is hidden. Undefined: it does not.
 * A value that is the same changes no `resourceVersion`, one that is another is refused where the Secret is immutable.
 */
export function findQuestionInWrite(
  method: string,
  mediaType: string | undefined,
  body: Buffer,
): string | undefined {
  if (method !== 'PUT' && method !== 'PATCH') return undefined;
  const document = readDocument(body);
  // What cannot be read here the server may well read.
  if (document === undefined || APPLY_PATCH.test(mediaType ?? '')) return COMPARES;
  if (namesApplied(document)) return COMPARES;
  if (mediaType === JSON_PATCH) return findQuestionInOperations(listElements(document));
  const keys = isMap(document) ? [...document.keys()] : [];
  return keys.some((key) => HIDDEN_KEYS.has(key.toLowerCase())) ? COMPARES : undefined;
}

function findQuestionInOperations(operations: readonly DocumentNode[]): string | undefined {
  const isWriting =
    operations.length > 0 &&
    operations.every((operation) => {
      const names = findTexts(operation, 'op');
      return names.length === 1 && names.every((name) => WRITING_OPERATIONS.has(name));
    });
  if (!isWriting) return READS;
  const pointers = operations.flatMap((operation) => findTexts(operation, 'path'));
  return pointers.some((pointer) => HIDDEN_POINTER.test(pointer)) ? COMPARES : undefined;
}

/** Whether the annotation is named anywhere: as a key, or in a pointer. */
function namesApplied(node: DocumentNode): boolean {
  if (isMap(node)) {
    return [...node].some(([key, values]) => key.includes(APPLIED) || values.some(namesApplied));
  }
  if (isScalar(node)) return node.text?.includes(APPLIED) === true;
  return listElements(node).some(namesApplied);
}

/** Texts that the body holds in base64, as the data of Secrets is written. */
export function listEncodedTexts(body: Buffer): readonly string[] {
  return (body.toString('latin1').match(ENCODED) ?? []).map((encoded) =>
    Buffer.from(encoded, 'base64').toString('utf8'),
  );
}

import type { BodySubject } from '../bodies/body-subject.ts';
import {
  type DocumentNode,
  findAll,
  findTexts,
  isMap,
  isScalar,
  listElements,
  readDocument,
} from './document-tree.ts';
import { APPLY_PATCH, JSON_PATCH } from './patch-types.ts';
import { isSecretVariable } from './secret-variable.ts';

/** Asks what would become of a write, which costs nothing. In lower case. */
const DRY_RUN = 'dryrun';
/** Segments of JSON pointers beneath which something may be hidden, in lower case. */
const HIDDEN_BENEATH: ReadonlySet<string> = new Set([
  ...['annotations', 'args', 'binarydata', 'command', 'data', 'stringdata'],
]);
/** The last of those that lead to what may be hidden: the value of a variable, what an event or a state says. */
const HIDDEN_LEAVES: ReadonlySet<string> = new Set(['message', 'note', 'value']);
/** What is shown, wherever it is copied to. */
const SHOWN_POINTER = /^\/metadata\/labels\/[^/]+$/;
const VARIABLES = 'env';
/** Of which the containers never change: a write that is the same succeeds, another is refused. */
const UNCHANGING =
  /(?<!\/namespaces)\/(?:pods|jobs|controllerrevisions)\/[^/]+(?:\/ephemeralcontainers)?\/?$/;
/** Keys of what detectors look through in an object, wherever they are in it. */
const INSPECTED: ReadonlySet<string> = new Set([
  ...['args', 'binarydata', 'command', 'data', 'env', 'message', 'note'],
]);
/** As `binaryData` is written. */
const ENCODED = /^[A-Za-z0-9+/]{8,}={0,2}$/;
const NAME_OF_VARIABLE = /\/env\/[^/]+\/name$/i;

const READS = 'it is a patch that reads what may be hidden';
const RENAMES = 'under another name, or none, the value of a variable would be shown';
const COMPARES =
  'whether it changes the value of a variable, or is a conflict, would tell what that is: who may not see secrets refers to one by secretKeyRef';

const GUESSES =
  'whether it changes a text that is hidden, or is a conflict, would tell what that is: write it without a dry run, and not by server-side apply';

/** Whether a text would not be shown as it is. */
export type IsHidden = (text: string) => boolean;

/**
 * Why a write to an object that is no Secret may not be sent: its outcome would tell, or show, what is hidden of it.
 * Undefined: it would not. A write that is always kept may name the values of variables: a wrong guess is in the place of what was there.
 */
export function findQuestionInWorkload(
  { method, path, mediaType, query = '' }: BodySubject,
  body: Buffer,
  isHidden: IsHidden,
): string | undefined {
  if (method !== 'PUT' && method !== 'PATCH') return undefined;
  const document = readDocument(body);
  const type = mediaType?.essence ?? '';
  const mayBeDropped = asksDryRun(query) || UNCHANGING.test(path);
  if (type === JSON_PATCH) {
    const operations = document === undefined ? [] : listElements(document);
    return findQuestionInOperations(operations, { mayBeDropped, isHidden });
  }
  if (!APPLY_PATCH.test(type) && !mayBeDropped) return undefined;
  // What cannot be read here the server may well read.
  if (document === undefined || holdsSecretVariable(document)) return COMPARES;
  return holdsHiddenText(document, isHidden) ? GUESSES : undefined;
}

/** Old servers end parameters at semicolons, too. */
function asksDryRun(query: string): boolean {
  const names = [...new URLSearchParams(query.replaceAll(';', '&')).keys()];
  return names.some((name) => name.toLowerCase() === DRY_RUN);
}

/** What is known of a patch beside its operations. */
interface PatchContext {
  /** What it writes may be kept nowhere. */
  readonly mayBeDropped: boolean;
  readonly isHidden: IsHidden;
}

function findQuestionInOperations(
  operations: readonly DocumentNode[],
  context: PatchContext,
): string | undefined {
  if (operations.length === 0) return READS;
  return operations
    .map((operation) => findQuestionInOperation(operation, context))
    .find((reason) => reason !== undefined);
}

/** @see RFC 6902, section 4 */
function findQuestionInOperation(
  operation: DocumentNode,
  { mayBeDropped, isHidden }: PatchContext,
): string | undefined {
  const [name = '', ...otherNames] = findTexts(operation, 'op');
  const [pointer, ...otherPointers] = findTexts(operation, 'path');
  if (pointer === undefined || otherNames.length + otherPointers.length > 0) return READS;
  const values = findAll(operation, 'value');
  switch (name) {
    case 'test':
      // Of two that are no scalars, the difference may be in any part.
      return values.length === 1 && values.every(isScalar) && isShown(pointer) ? undefined : READS;
    case 'copy':
    case 'move':
      return findTexts(operation, 'from').every((from) => SHOWN_POINTER.test(from))
        ? undefined
        : READS;
    case 'add':
    case 'replace':
      if (NAME_OF_VARIABLE.test(pointer)) return RENAMES;
      return mayBeDropped ? findGuess(pointer, values, isHidden) : undefined;
    case 'remove':
      return NAME_OF_VARIABLE.test(pointer) ? RENAMES : undefined;
    default:
      return READS;
  }
}

function findGuess(
  pointer: string,
  values: readonly DocumentNode[],
  isHidden: IsHidden,
): string | undefined {
  const names = segments(pointer);
  if (names.includes(VARIABLES) || values.some(holdsSecretVariable)) return COMPARES;
  const isInspected = names.some((name) => INSPECTED.has(name));
  return values.some((value) => holdsHiddenText(value, isHidden, isInspected))
    ? GUESSES
    : undefined;
}

function isShown(pointer: string): boolean {
  const names = segments(pointer);
  return (
    names.length > 1 &&
    !HIDDEN_LEAVES.has(names.at(-1) ?? '') &&
    !names.some((name) => HIDDEN_BENEATH.has(name))
  );
}

/** In lower case, as servers that do not mind it know them. */
function segments(pointer: string): readonly string[] {
  return pointer.toLowerCase().split('/');
}

/** Whether it gives a variable a value that would be hidden, wherever that is in it. */
function holdsSecretVariable(node: DocumentNode): boolean {
  if (isScalar(node)) return false;
  if (!isMap(node)) return listElements(node).some(holdsSecretVariable);
  return [...node].some(([key, values]) =>
    values.some((value) =>
      key === VARIABLES
        ? listElements(value).some(isSecretVariable) || holdsSecretVariable(value)
        : holdsSecretVariable(value),
    ),
  );
}

/** Whether it holds a text that would be hidden. @param isInspected Whether detectors look through all of it. */
function holdsHiddenText(node: DocumentNode, isHidden: IsHidden, isInspected = false): boolean {
  if (isScalar(node)) {
    const text = node.text ?? '';
    const written = ENCODED.test(text) ? [text, Buffer.from(text, 'base64').toString()] : [text];
    return isInspected && written.some(isHidden);
  }
  if (!isMap(node)) {
    return listElements(node).some((one) => holdsHiddenText(one, isHidden, isInspected));
  }
  return [...node].some(([key, values]) => {
    const isWithin = isInspected || INSPECTED.has(key.toLowerCase());
    return values.some((value) => holdsHiddenText(value, isHidden, isWithin));
  });
}

import {
  type DocumentMap,
  type DocumentNode,
  findAll,
  findTexts,
  isMap,
  isScalar,
  listElements,
  readDocument,
} from './document-tree.ts';
import { isSecretValue } from './secret-variable.ts';
import { withoutObjects } from './without-objects.ts';

/** What is done with values of objects; each returns undefined where the value may stand as it is. */
export interface ObjectMasks {
  /** A value of a Secret, or of a variable that is called like one; undefined: those are shown. */
  readonly maskSecret: ((text: string) => string) | undefined;
  /** What may hold anything: of a ConfigMap, a variable, the message of an event; undefined: those are shown. */
  readonly inspect: ((text: string) => string | undefined) | undefined;
  /** An object was looked at. */
  readonly onObject: () => void;
}

/** Where nothing says what the objects of a list are. */
export interface ObjectPlace {
  /** Whether the path that was asked is one of Secrets. */
  readonly isOfSecrets: boolean;
  readonly columns: TableColumns;
}

/** What the columns of the last Table were called: in a watch only the first of them says so. */
export interface TableColumns {
  last: readonly (string | undefined)[] | undefined;
}

const SECRET = 'Secret';
/** Where a Secret has its values. */
const SECRET_DATA: readonly string[] = ['data', 'stringData'];
/** The kind of a list, and of what is in it. */
const LIST = /^(.+)List$/;
/** What kubectl keeps of an object as it was applied: a second copy of it. */
const APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';
/** Where objects say what containers they are to have. */
const SPECIFICATIONS: readonly string[] = ['spec', 'template', 'ephemeralContainers'];
/** Gzip in base64: how some controllers keep a second copy of an object in an annotation. */
const PACKED = /^\s*H4sI/;
const JSON_DOCUMENT = /^\s*[{[]/;
/** What a container runs. */
const WORDS: readonly string[] = ['command', 'args'];
/** Shorter values are found in anything. */
const COPIED_LENGTH_MIN = 4;
/** In the columns of what `kubectl get events` prints. */
const MESSAGE_COLUMN = /^message$/i;
/** Words, not a name, a state or a list of them: columns of what others define are called anything. */
const WORDS_IN_CELL = /[^\s,]\s/;

/**
 * Masks one document of the API of Kubernetes: an object, a list, a Table, an event of a watch.
 *
 * @returns The document; undefined if it is not JSON.
 */
export function maskDocument(
  bytes: Buffer,
  place: ObjectPlace,
  masks: ObjectMasks,
): Buffer | undefined {
  const root = readDocument(bytes);
  if (root === undefined) return undefined;
  const masker = new ObjectMasker(masks, place.columns);
  masker.visit(root, place.isOfSecrets ? [SECRET] : []);
  return splice(bytes, masker.edits);
}

/** What annotations belong to. */
interface AnnotatedObject {
  /** Values of a Secret, of which they may be copies. */
  readonly copied: readonly string[];
  readonly isSecret: boolean;
  /** A Secret that is shown without its values, as only its metadata is: nobody knows of what they are copies. */
  readonly isBare: boolean;
}

/** A part of a document, and what takes its place. */
interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

function splice(bytes: Buffer, edits: readonly Edit[]): Buffer {
  const pieces: Buffer[] = [];
  let from = 0;
  for (const { start, end, text } of edits.toSorted((left, right) => left.start - right.start)) {
    pieces.push(bytes.subarray(from, start), Buffer.from(text));
    from = end;
  }
  return Buffer.concat([...pieces, bytes.subarray(from)]);
}

class ObjectMasker {
  readonly edits: Edit[] = [];
  readonly #masks: ObjectMasks;
  readonly #columns: TableColumns;

  constructor(masks: ObjectMasks, columns: TableColumns) {
    this.#masks = masks;
    this.#columns = columns;
  }

  /** @param assumed Kinds that it is of, beside those that it names: objects in a list name none. */
  visit(node: DocumentNode, assumed: readonly string[]): void {
    if (!isMap(node)) return;
    const kinds = [...findTexts(node, 'kind'), ...assumed];
    const ofItems = [...kinds.flatMap((kind) => LIST.exec(kind)?.[1] ?? []), ...assumed];
    for (const item of findAll(node, 'items').flatMap(listElements)) this.visit(item, ofItems);
    this.#nameColumns(node);
    for (const row of findAll(node, 'rows').flatMap(listElements)) this.#visitRow(row, assumed);
    // An event of a watch.
    for (const object of findAll(node, 'object')) this.visit(object, assumed);
    if (findAll(node, 'metadata').length > 0) this.#visitObject(node, new Set(kinds));
  }

  #visitObject(node: DocumentMap, kinds: ReadonlySet<string>): void {
    this.#masks.onObject();
    const isSecret = kinds.has(SECRET);
    const values = isSecret ? this.#maskSecret(node) : [];
    const isBare = isSecret && SECRET_DATA.every((key) => findAll(node, key).length === 0);
    this.#visitAnnotations(node, { values, isSecret, isBare });
    // What is a Secret, too, is masked whole already.
    if (kinds.has('ConfigMap') && !isSecret) {
      this.#inspectMap(node, ['data']);
      this.#inspectEncoded(node);
    }
    if (kinds.has('Event')) this.#inspectMap(node, [], ['message', 'note']);
    if (kinds.has('Status')) this.#visitRefusal(node);
    // What a workload was, such as one of its template, is the data of a ControllerRevision.
    const keys = kinds.has('ControllerRevision') ? [...SPECIFICATIONS, 'data'] : SPECIFICATIONS;
    for (const spec of keys.flatMap((key) => findAll(node, key))) this.#visitVariables(spec);
    for (const status of findAll(node, 'status')) this.#inspectMessages(status);
  }

  /** Returns the values as they are, and as they are written. */
  #maskSecret(node: DocumentMap): readonly string[] {
    const { maskSecret } = this.#masks;
    if (maskSecret === undefined) return [];
    const values: string[] = [];
    const mask = (value: DocumentNode, isEncoded: boolean): void => {
      if (!isScalar(value)) return;
      const written = value.text ?? '';
      const text = isEncoded ? Buffer.from(written, 'base64').toString('utf8') : written;
      const masked = maskSecret(text);
      values.push(written, text);
      this.#replace(value, isEncoded ? Buffer.from(masked).toString('base64') : masked);
    };
    for (const key of SECRET_DATA) {
      for (const map of findAll(node, key)) {
        if (isScalar(map)) mask(map, true);
        else for (const value of listValues(map)) mask(value, key === 'data');
      }
    }
    return values;
  }

  #visitAnnotations(
    node: DocumentMap,
    { values, isSecret, isBare }: Omit<AnnotatedObject, 'copied'> & { values: readonly string[] },
  ): void {
    const copied = values.filter((value) => value.length >= COPIED_LENGTH_MIN);
    for (const annotations of findAll(node, 'metadata').flatMap((one) =>
      findAll(one, 'annotations'),
    )) {
      if (!isMap(annotations)) continue;
      for (const [name, nodes] of annotations) {
        for (const value of nodes.filter(isScalar))
          this.#visitAnnotation(name, value, { copied, isSecret, isBare });
      }
    }
  }

  #visitAnnotation(
    name: string,
    value: { readonly start: number; readonly end: number; readonly text: string | undefined },
    { copied, isSecret, isBare }: AnnotatedObject,
  ): void {
    const { maskSecret } = this.#masks;
    const text = value.text ?? '';
    if (isBare && maskSecret !== undefined && name !== APPLIED) {
      this.#replace(value, maskSecret(text));
      return;
    }
    if (name === APPLIED || JSON_DOCUMENT.test(text)) {
      const masked = maskDocument(
        Buffer.from(text),
        { isOfSecrets: isSecret, columns: { last: undefined } },
        // It is no object of its own.
        { ...this.#masks, onObject: () => undefined },
      );
      if (masked !== undefined) {
        const shown = masked.toString('utf8');
        if (shown !== text) this.#replace(value, shown);
        if (!copied.some((secret) => shown.includes(secret))) return;
      }
      if (maskSecret !== undefined && isSecret) this.#replaceAgain(value, maskSecret(text));
      return;
    }
    const isCopy = PACKED.test(text) || copied.some((secret) => text.includes(secret));
    if (maskSecret !== undefined && isCopy) {
      this.#replace(value, maskSecret(text));
    }
  }

  #nameColumns(table: DocumentMap): void {
    const named = findAll(table, 'columnDefinitions')
      .flatMap(listElements)
      .map((column) => findTexts(column, 'name')[0]);
    if (named.length > 0) this.#columns.last = named;
  }

  #visitRow(row: DocumentNode, assumed: readonly string[]): void {
    const columns = this.#columns.last;
    for (const cells of findAll(row, 'cells').map(listElements)) {
      for (const [index, cell] of cells.entries()) {
        if (mayBeMessage(cell, columns && (columns[index] ?? ''))) this.#inspect(cell);
      }
    }
    for (const object of findAll(row, 'object')) this.visit(object, assumed);
  }

  /** Everything beneath a specification that has variables: containers of pods, of templates, of what others define. */
  #visitVariables(node: DocumentNode): void {
    if (isScalar(node)) return;
    if (!isMap(node)) {
      for (const element of listElements(node)) this.#visitVariables(element);
      return;
    }
    for (const variable of findAll(node, 'env').flatMap(listElements)) this.#maskVariable(variable);
    for (const word of WORDS.flatMap((key) => findAll(node, key)).flatMap(listElements)) {
      this.#inspect(word);
    }
    for (const [key, nodes] of node) {
      if (key !== 'env') for (const value of nodes) this.#visitVariables(value);
    }
  }

  /** Those of a container that ended may be the end of its log. */
  #inspectMessages(node: DocumentNode): void {
    for (const element of listElements(node)) this.#inspectMessages(element);
    if (!isMap(node)) return;
    for (const [key, nodes] of node) {
      for (const value of nodes) {
        if (key === 'message') this.#inspect(value);
        this.#inspectMessages(value);
      }
    }
  }

  /** What may not be changed is told as it is: the template of a Job, how a pod would differ. */
  #visitRefusal(node: DocumentMap): void {
    const causes = findAll(node, 'details').flatMap((details) => findAll(details, 'causes'));
    for (const place of [node, ...causes.flatMap(listElements)]) {
      for (const message of findAll(place, 'message')) this.#maskMessage(message);
    }
  }

  #maskMessage(value: DocumentNode): void {
    if (!isScalar(value) || value.text === undefined) return;
    const { maskSecret, inspect } = this.#masks;
    const text = maskSecret === undefined ? value.text : withoutObjects(value.text);
    const shown = inspect?.(text) ?? text;
    if (shown !== value.text) this.#replace(value, shown);
  }

  #maskVariable(variable: DocumentNode): void {
    const { maskSecret } = this.#masks;
    for (const value of findAll(variable, 'value').filter(isScalar)) {
      const text = value.text ?? '';
      if (maskSecret !== undefined && isSecretValue(variable, text))
        this.#replace(value, maskSecret(text));
      else this.#inspect(value);
    }
  }

  #inspectMap(node: DocumentMap, maps: readonly string[], texts: readonly string[] = []): void {
    for (const map of maps.flatMap((key) => findAll(node, key))) {
      for (const value of listValues(map)) this.#inspect(value);
    }
    for (const value of texts.flatMap((key) => findAll(node, key))) this.#inspect(value);
  }

  /** Of `binaryData` what is text. */
  #inspectEncoded(node: DocumentMap): void {
    const { inspect } = this.#masks;
    for (const value of findAll(node, 'binaryData').flatMap(listValues).filter(isScalar)) {
      const text = Buffer.from(value.text ?? '', 'base64').toString('utf8');
      const shown = inspect?.(text);
      if (shown !== undefined) this.#replace(value, Buffer.from(shown).toString('base64'));
    }
  }

  #inspect(value: DocumentNode): void {
    if (!isScalar(value) || value.text === undefined) return;
    const shown = this.#masks.inspect?.(value.text);
    if (shown !== undefined) this.#replace(value, shown);
  }

  #replace({ start, end }: { readonly start: number; readonly end: number }, text: string): void {
    this.edits.push({ start, end, text: JSON.stringify(text) });
  }

  /** In the place of what was put there before. */
  #replaceAgain(value: { readonly start: number; readonly end: number }, text: string): void {
    const at = this.edits.findIndex(({ start }) => start === value.start);
    if (at !== -1) this.edits.splice(at, 1);
    this.#replace(value, text);
  }
}

/** @param column Undefined where nobody named any. */
function mayBeMessage(cell: DocumentNode, column: string | undefined): boolean {
  if (column === undefined || MESSAGE_COLUMN.test(column)) return true;
  return isScalar(cell) && WORDS_IN_CELL.test(cell.text ?? '');
}

function listValues(node: DocumentNode): readonly DocumentNode[] {
  return isMap(node) ? [...node.values()].flat() : [];
}

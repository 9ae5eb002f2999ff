import { type JsonVisitor, walkJson } from '../detectors/walk-json.ts';
import { RESOURCE_TYPES } from '../fhir/element-types.ts';

/** Under these a JSON Patch says where something is (RFC 6902, section 4). */
const PLACE_KEYS: ReadonlySet<string> = new Set(['path', 'from']);
/** Codes of FHIR, and words of its patches: `completed`, `entered-in-error`. */
const CODE = /^[a-z]+(?:-[a-z]+)*$/u;
/** Where an element is, or a type: `Patient.active`. */
const ELEMENT = /^([A-Z]\w*)(?:\.[\w.[\]]+)?$/u;

/** Whether all strings of a patch are codes, names of elements and places: it writes nothing that could be anybody's. */
export function namesOnly(patch: Buffer): boolean {
  const visitor = new NameVisitor(patch);
  const walk = walkJson(patch, { start: 0, end: patch.length }, visitor);
  return walk === 'done' && visitor.isNamesOnly;
}

class NameVisitor implements JsonVisitor {
  isNamesOnly = true;
  readonly #patch: Buffer;
  #key = '';

  constructor(patch: Buffer) {
    this.#patch = patch;
  }

  key(start: number, end: number): void {
    this.#key = this.#patch.toString('utf8', start, end);
  }

  string(start: number, end: number): void {
    const text = this.#patch.toString('utf8', start, end);
    const [, type = ''] = ELEMENT.exec(text) ?? [];
    const isName = PLACE_KEYS.has(this.#key) || CODE.test(text) || RESOURCE_TYPES.has(type);
    if (!isName) this.isNamesOnly = false;
  }

  enter(): void {
    // Strings are looked at one by one.
  }

  leave(): void {
    this.#key = '';
  }

  literal(): void {
    // Identifiers are strings in FHIR.
  }
}

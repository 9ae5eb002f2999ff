import type { ContentFindings } from '../content/content-findings.ts';
import { TokenKind } from '../content/json-grammar.ts';
import { ELEMENT_NAMES } from './element-types.ts';
import { findIdOfReference, idOfReference, typeOfReference } from './read-reference.ts';
import { findElement, type ObjectReader, readElement, type Shape } from './rule.ts';

const ID = ELEMENT_NAMES.idOf('id');

/** Finds out whose a resource is, and tells the evidence of each patient in it. */
export class ResourcePatient {
  readonly #evidence: ContentFindings;
  /** What says whose it is: the first that does. */
  #said: { readonly object: ObjectReader; readonly isReference: boolean } | undefined;

  constructor(evidence: ContentFindings) {
    this.#evidence = evidence;
  }

  /** Its id; undefined if that is not known. */
  get id(): string | undefined {
    if (this.#said === undefined) return undefined;
    const { object, isReference } = this.#said;
    return isReference ? idOfReference(object) : readElement(object, ID);
  }

  /** The resource is that of a patient. */
  isOne(resource: ObjectReader): void {
    this.#said ??= { object: resource, isReference: false };
    const { tape, bytes } = resource;
    const id = findElement(resource, resource.token, ID);
    if (tape.kinds[id] !== TokenKind.string) {
      return this.#evidence.see(readElement(resource, ID));
    }
    const { starts, ends } = tape;
    this.#evidence.seeBytes(bytes, (starts[id] as number) + 1, (ends[id] as number) - 1);
  }

  /** The resource is of whom a reference leads to. */
  isOf(reference: ObjectReader): void {
    this.#said ??= { object: reference, isReference: true };
    const place = findIdOfReference(reference);
    if (place === undefined) this.#evidence.see(idOfReference(reference));
    else this.#evidence.seeBytes(reference.bytes, place.start, place.end);
  }

  /** Looks for them in a whole resource: dates may stand in front of whose they are. */
  find(resource: ObjectReader, { places, rules }: Shape): void {
    const { tape } = resource;
    const end = tape.links[resource.token] as number;
    for (let key = resource.token + 1; key < end; key = tape.links[key + 1] as number) {
      const rule = rules[places[tape.links[key] as number] ?? 0];
      const isReference = rule?.kind === 'object' && rule.find().type.startsWith('Reference');
      if (!isReference || !tape.isObject(key + 1)) continue;
      const reference = { ...resource, token: key + 1 };
      if (typeOfReference(reference) === 'Patient') this.isOf(reference);
    }
  }
}

import type { DataMapPath } from '../../configuration/data-map.ts';
import { NO_CLASS, type ShownClasses } from '../content/content-masks.ts';
import { classOfSystem } from './element-classes.ts';
import { RESOURCE_TYPES } from './element-types.ts';
import { findSearchedElements, type SearchedElement } from './searched-elements.ts';

const SSN = 'ssn';
/** However it is written. */
const SSN_DIGITS = /^\D*(?:\d\D*){9}$/u;

/** What a data map says of elements that searches of FHIR ask by. */
export class MappedSearch {
  /** By system: in quotes in the data map, as are URLs of extensions. */
  readonly #systems: ReadonlyMap<string, DataMapPath>;
  readonly #elements: readonly DataMapPath[];
  /** Classes of identifiers that the data map knows by their system. */
  readonly identifierClasses: readonly string[];

  /** @param fields Of the entries that are FHIR. */
  constructor(fields: readonly DataMapPath[]) {
    const isQuoted = ({ path }: DataMapPath): boolean => path.startsWith('"');
    this.#systems = new Map(
      fields
        .filter(isQuoted)
        .map((field) => [field.path.slice(1, -1).replaceAll('""', '"'), field]),
    );
    this.#elements = fields.filter((field) => !isQuoted(field));
    this.identifierClasses = [...this.#systems.values()].map(({ dataClass }) => dataClass);
  }

  /** Of a known system; undefined for others. */
  classOfSystem(system: string): string | undefined {
    return this.#systems.get(system)?.dataClass ?? classOfSystem(system);
  }

  /**
   * What is hidden of the elements that a parameter may ask by.
   *
   * @param type Of the resources that are searched; undefined: of any.
   * @param parameter Without its modifier.
   */
  findHidden(
    type: string | undefined,
    parameter: string,
    shown: ShownClasses,
  ): readonly DataMapPath[] {
    if (parameter.startsWith('_')) return [];
    const isHidden = ({ dataClass }: DataMapPath): boolean =>
      dataClass !== NO_CLASS && !shown.has(dataClass);
    const hidden = this.#elements.filter(isHidden);
    if (hidden.length === 0) return hidden;
    const elements = findSearchedElements(type, parameter);
    return hidden.filter(({ path }) => mayBeOf(elements, path, type));
  }

  /** Whether nothing is hidden of what the data map names. */
  showsAll(shown: ShownClasses): boolean {
    return [...this.#elements, ...this.#systems.values()].every(
      ({ dataClass }) => dataClass === NO_CLASS || shown.has(dataClass),
    );
  }

  /** What an identifier of who gives care may be of that is hidden: their other identifiers are shown. */
  classesOfProvider(system: string, value: string): readonly string[] {
    const known = this.classOfSystem(system);
    if (known !== undefined) return known === SSN || this.#systems.has(system) ? [known] : [];
    const ofAny = system === '' ? this.identifierClasses : [];
    return SSN_DIGITS.test(value) ? [SSN, ...ofAny] : ofAny;
  }
}

/**
 * Whether what a parameter asks by may be an element, or elements of a type.
 *
 * @param elements That it has the name of.
 * @param path As a data map names them: `Patient.gender`, `HumanName`.
 * @param type Of the resources that are searched.
 */
function mayBeOf(
  elements: readonly SearchedElement[],
  path: string,
  type: string | undefined,
): boolean {
  const [owner = '', name = ''] = path.split('.');
  if (!RESOURCE_TYPES.has(owner)) return elements.some((element) => element.type === owner);
  if (type !== undefined && type !== owner) return false;
  const element = elements.find((one) => one.owner === owner);
  // By what such a parameter asks, only its definition says.
  return element === undefined || element.name === name;
}

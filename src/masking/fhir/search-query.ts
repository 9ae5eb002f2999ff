import type { MappedName } from '../../configuration/http-data-map.ts';
import type { ParameterReading, QueryPair, ReadParameter } from '../bodies/query-parameters.ts';
import type { ContentMasks, ShownClasses } from '../content/content-masks.ts';
import { oldestYear } from '../masks/mask-context.ts';
import { CLASS_OF_IDENTIFIER_TYPE, classOfSystem } from './element-classes.ts';
import { RESOURCE_TYPES } from './element-types.ts';
import { findSearchClass } from './search-classes.ts';

const SHOWN: ParameterReading = { kind: 'shown' };
const FREE_TEXT = 'free-text';
/** A year, perhaps compared: it says no more than masks of dates show. */
const YEAR = /^(?:eq|ne|gt|lt|ge|le|sa|eb)?([12]\d{3})$/u;
/** Whether an element is there can be seen of what is masked, too. */
const MISSING = 'missing';
/** Classes that an identifier of an unknown system may be of. */
const IDENTIFIER_CLASSES: readonly string[] = [
  ...new Set([...CLASS_OF_IDENTIFIER_TYPE.values(), 'ssn', 'other-id']),
];
/** Operations whose answers follow from ids, codes and what they are told of their form. */
const PLAIN_OPERATIONS: ReadonlySet<string> = new Set(
  '$docref $document $everything $expand $export $lastn $lookup $meta $subsumes $summary $translate $validate-code $versions'.split(
    ' ',
  ),
);

/** What a path of FHIR asks of. */
interface SearchPath {
  /** Of the resources that are searched; undefined: of any. */
  readonly type: string | undefined;
  readonly operation: string | undefined;
}

/**
 * Reads the parameters of FHIR's searches and operations. What nobody knows asks, perhaps, by something that is hidden.
 *
 * @param fhirPath Beneath which FHIR is spoken.
 * @param identifierClasses What identifiers are of beside what FHIR knows.
 * @see https://hl7.org/fhir/R4/search.html
 */
export function readFhirSearch(
  fhirPath: string,
  masks: ContentMasks,
  identifierClasses: readonly string[],
): ReadParameter {
  // Servers differ in whether case counts.
  const base = (fhirPath.endsWith('/') ? fhirPath : `${fhirPath}/`).toLowerCase();
  const classes = [...new Set([...IDENTIFIER_CLASSES, ...identifierClasses])];
  return ({ method, path }, pair, shown) => {
    if (!`${path}/`.toLowerCase().startsWith(base)) return undefined;
    const { type, operation } = readPath(path.slice(base.length));
    const hasQuery = method === 'GET' || method === 'HEAD';
    if (operation !== undefined && !hasQuery && !PLAIN_OPERATIONS.has(operation)) {
      return refuse(`${operation} may answer by what is hidden`);
    }
    if (pair.name === '') return SHOWN;
    return new SearchReader({ masks, shown, classes }).read(type, pair);
  };
}

function readPath(path: string): SearchPath {
  const segments = path.split('/').filter((segment) => segment !== '');
  const [first = '', , third = ''] = segments;
  // `Patient/1/Observation` searches observations.
  const named = RESOURCE_TYPES.has(third) ? third : first;
  return {
    type: RESOURCE_TYPES.has(named) ? named : undefined,
    operation: segments.find((segment) => segment.startsWith('$')),
  };
}

interface SearchParts {
  readonly masks: ContentMasks;
  readonly shown: ShownClasses;
  /** Of which an identifier of an unknown system may be. */
  readonly classes: readonly string[];
}

class SearchReader {
  readonly #masks: ContentMasks;
  readonly #shown: ShownClasses;
  readonly #identifierClasses: readonly string[];

  constructor({ masks, shown, classes }: SearchParts) {
    this.#masks = masks;
    this.#shown = shown;
    this.#identifierClasses = classes;
  }

  read(type: string | undefined, { name, value }: QueryPair): ParameterReading {
    if (name === '_sort') return this.#sort(type, value);
    if (name.startsWith('_has:')) return this.#chained(name, readHas(name));
    const chain = name.split('.');
    if (chain.length > 1 && !name.startsWith('_')) return this.#chained(name, readChain(chain));
    const [bare = '', modifier = ''] = name.split(':');
    if (modifier === MISSING) return SHOWN;
    if (modifier === 'identifier') return this.#identifier(name, value);
    const found = findSearchClass(type, bare);
    switch (found.kind) {
      case 'shown':
        return SHOWN;
      case 'unknown':
        return this.#unknown(name);
      case 'identifier':
        return this.#identifier(name, value);
      case 'class':
        return this.#ofClass(name, found.className, value);
    }
  }

  /** What the last of several parameters asks by; its values are not resolved. */
  #chained(
    name: string,
    { type, parameter }: { readonly type: string | undefined; readonly parameter: string },
  ): ParameterReading {
    const [bare = '', modifier = ''] = parameter.split(':');
    if (modifier === MISSING) return SHOWN;
    const found =
      modifier === 'identifier' ? { kind: 'identifier' as const } : findSearchClass(type, bare);
    if (found.kind === 'shown') return SHOWN;
    if (found.kind === 'unknown') return this.#unknown(name);
    const classes = found.kind === 'class' ? [found.className] : this.#identifierClasses;
    return classes.every((className) => this.#shown.has(className))
      ? SHOWN
      : refuse(`${name} asks by something that is hidden`);
  }

  #sort(type: string | undefined, value: string): ParameterReading {
    for (const written of value.split(',')) {
      const found = findSearchClass(type, written.replace(/^-/u, '').split(':')[0] ?? '');
      if (found.kind === 'shown') continue;
      const classes = found.kind === 'class' ? [found.className] : this.#identifierClasses;
      const isShown = found.kind !== 'unknown' && classes.every((name) => this.#shown.has(name));
      if (!isShown && !this.#showsAll())
        return refuse('_sort would order by something that is hidden');
    }
    return SHOWN;
  }

  #unknown(name: string): ParameterReading {
    if (this.#showsAll()) return SHOWN;
    return refuse(
      `${name} may ask by something that is hidden; the data map can say what it asks by`,
    );
  }

  #ofClass(name: string, dataClass: string, value: string): ParameterReading {
    if (this.#shown.has(dataClass)) return SHOWN;
    const parameter: MappedName = { name, dataClass };
    const isDate = dataClass === 'date' || dataClass.endsWith('-date');
    if (isDate && value.split(',').every((written) => this.#isShownYear(dataClass, written))) {
      return SHOWN;
    }
    const values = value
      .split(',')
      .map((written) => ({ before: '', value: written, alternatives: [parameter] }));
    return { kind: 'hidden', name, values };
  }

  /** Whether the masks of dates show as much. */
  #isShownYear(dataClass: string, written: string): boolean {
    const year = Number(YEAR.exec(written)?.[1] ?? 0);
    const isYearShown = this.#masks.findMask(dataClass, undefined).kind === 'year';
    return isYearShown && year > oldestYear(this.#masks.parts.context().thisYear);
  }

  #identifier(name: string, value: string): ParameterReading {
    const values = value.split(',').map((written) => {
      const bar = written.lastIndexOf('|');
      const system = written.slice(0, Math.max(0, written.indexOf('|')));
      const known = system === '' ? undefined : classOfSystem(system);
      const classes = known === undefined ? this.#identifierClasses : [known];
      return {
        before: written.slice(0, bar + 1),
        value: written.slice(bar + 1),
        alternatives: classes
          .filter((dataClass) => !this.#shown.has(dataClass))
          .map((dataClass) => ({ name, dataClass })),
      };
    });
    const isShown = values.every(({ alternatives }) => alternatives.length === 0);
    return isShown ? SHOWN : { kind: 'hidden', name, values };
  }

  /** Whether nothing that a text may hold is hidden. */
  #showsAll(): boolean {
    return this.#shown.has(FREE_TEXT);
  }
}

/** `_has:Observation:patient:code`; more of them may follow each other. */
function readHas(name: string): { readonly type: string | undefined; readonly parameter: string } {
  const parts = name.split(':');
  const last = parts.lastIndexOf('_has');
  const type = parts[last + 1] ?? '';
  const chain = parts
    .slice(last + 3)
    .join(':')
    .split('.');
  if (chain.length > 1) return readChain(chain);
  return { type: RESOURCE_TYPES.has(type) ? type : undefined, parameter: chain[0] ?? '' };
}

/** `subject:Patient.name`, `subject.organization.name`. */
function readChain(chain: readonly string[]): {
  readonly type: string | undefined;
  readonly parameter: string;
} {
  const type = chain.at(-2)?.split(':')[1] ?? '';
  return { type: RESOURCE_TYPES.has(type) ? type : undefined, parameter: chain.at(-1) ?? '' };
}

function refuse(reason: string): ParameterReading {
  return { kind: 'refused', reason };
}

import type { DataMapPath } from '../../configuration/data-map.ts';
import type { MappedName } from '../../configuration/http-data-map.ts';
import type { ParameterReading, QueryPair, ReadParameter } from '../bodies/query-parameters.ts';
import type { ContentMasks, ShownClasses } from '../content/content-masks.ts';
import { AGE_MAX, oldestYear } from '../masks/mask-context.ts';
import { CLASS_OF_IDENTIFIER_TYPE, FHIR_CLASSES } from './element-classes.ts';
import { RESOURCE_TYPES } from './element-types.ts';
import { MappedSearch } from './mapped-search.ts';
import { findSearchClass } from './search-classes.ts';

const SHOWN: ParameterReading = { kind: 'shown' };
const FREE_TEXT = 'free-text';
/** A year, perhaps compared: it says no more than masks of dates show. */
const YEAR = /^(?:eq|ne|gt|lt|ge|le|sa|eb)?([12]\d{3})$/u;
const AGE = 'age';
/** A number, perhaps compared, of years or of something shorter. */
const AGE_ASKED =
  /^(?:eq|ne|gt|lt|ge|le|sa|eb)?(\d{1,2}(?:\.\d{1,3})?)(?:\|(?:http:\/\/unitsofmeasure\.org)?\|(?:a|mo|wk|d|h|min))?$/u;
/** Whether an element is there can be seen of what is masked, too. */
const MISSING = 'missing';
/** Classes that an identifier of an unknown system may be of. */
const IDENTIFIER_CLASSES: readonly string[] = [
  ...new Set([...CLASS_OF_IDENTIFIER_TYPE.values(), 'ssn', 'other-id']),
];
/** How texts are searched that stand beside codes, identifiers and references. */
const TEXT_MODIFIER = /^(?:code-)?text/u;
/** How narratives are searched. */
const NARRATIVE = '_text';
/** All types in a compartment. */
const ANY_TYPE: ReadonlySet<string> = new Set(['*', '_search']);
const DIRECTIONS: ReadonlySet<string> = new Set(['asc', 'desc']);
/** Operations that know of codes only, whatever they are told. */
const OPERATIONS_OF_CODES: ReadonlySet<string> = new Set(
  '$expand $lookup $subsumes $translate $validate-code'.split(' '),
);
/** Operations whose answers follow from ids, codes and what they are told of their form. */
const PLAIN_OPERATIONS: ReadonlySet<string> = new Set([
  ...OPERATIONS_OF_CODES,
  ...'$docref $document $everything $export $export-poll-status $lastn $meta $summary $versions'.split(
    ' ',
  ),
]);

/** What a path of FHIR asks of. */
interface SearchPath {
  /** Of the resources that are searched; undefined: of any. */
  readonly type: string | undefined;
  readonly operation: string | undefined;
}

/** What a data map says of FHIR's searches. */
export interface SearchMap {
  /** Of the entries that are FHIR. */
  readonly fields: readonly DataMapPath[];
  /** Operations of the server's own that tell nothing hidden, with their dollar sign. */
  readonly operations: ReadonlySet<string>;
}

/**
 * Reads the parameters of FHIR's searches and operations. What nobody knows asks, perhaps, by something that is hidden.
 *
 * @param fhirPath Beneath which FHIR is spoken.
 * @see https://hl7.org/fhir/R4/search.html
 */
export function readFhirSearch(
  fhirPath: string,
  masks: ContentMasks,
  { fields, operations }: SearchMap,
): ReadParameter {
  // Servers differ in whether case counts.
  const base = (fhirPath.endsWith('/') ? fhirPath : `${fhirPath}/`).toLowerCase();
  const mapped = new MappedSearch(fields);
  return ({ path }, pair, shown) => {
    if (!`${path}/`.toLowerCase().startsWith(base)) return undefined;
    const { type, operation } = readPath(path.slice(base.length));
    if (operation !== undefined) {
      const isKnown = PLAIN_OPERATIONS.has(operation) || operations.has(operation);
      if (!isKnown) {
        const allowed = `the data map can allow it (parameters: ${operation}: none)`;
        return refuse(`${operation} may answer by what is hidden; ${allowed}`);
      }
      if (OPERATIONS_OF_CODES.has(operation)) return SHOWN;
    }
    if (pair.name === '') return SHOWN;
    return new SearchReader({ masks, shown, mapped }).read(type, pair);
  };
}

function readPath(path: string): SearchPath {
  const segments = path.split('/').filter((segment) => segment !== '');
  const [first = '', , third = ''] = segments;
  // `Patient/1/Observation` searches observations, `Patient/1/*` resources of any type.
  const named = RESOURCE_TYPES.has(third) || ANY_TYPE.has(third) ? third : first;
  return {
    type: RESOURCE_TYPES.has(named) ? named : undefined,
    operation: segments.find((segment) => segment.startsWith('$')),
  };
}

/** The last parameter of a chain, and what it searches; undefined: of any type. */
interface ChainEnd {
  readonly type: string | undefined;
  readonly parameter: string;
}

type Asked = Pick<QueryPair, 'name' | 'value'>;

interface SearchParts {
  readonly masks: ContentMasks;
  readonly shown: ShownClasses;
  readonly mapped: MappedSearch;
}

class SearchReader {
  readonly #masks: ContentMasks;
  readonly #shown: ShownClasses;
  readonly #mapped: MappedSearch;
  /** Of which an identifier of an unknown system may be. */
  readonly #identifierClasses: readonly string[];

  constructor({ masks, shown, mapped }: SearchParts) {
    this.#masks = masks;
    this.#shown = shown;
    this.#mapped = mapped;
    this.#identifierClasses = [...new Set([...IDENTIFIER_CLASSES, ...mapped.identifierClasses])];
  }

  read(type: string | undefined, { name, value }: QueryPair): ParameterReading {
    if (name === '_sort') return this.#sort(type, value);
    if (name.startsWith('_has:')) return this.#chained(readHas(name), { name, value });
    const chain = name.split('.');
    if (chain.length > 1 && !name.startsWith('_')) {
      return this.#chained(readChain(chain), { name, value });
    }
    const [bare = '', modifier = ''] = name.split(':');
    if (modifier === MISSING) return SHOWN;
    if (TEXT_MODIFIER.test(modifier) || bare === NARRATIVE) return this.#text(name);
    const mapped = this.#mapped.findHidden(type, bare, this.#shown);
    if (mapped.length > 0) return this.#ofMapped(name, mapped, value);
    if (modifier === 'identifier') return this.#identifier(name, value);
    const found = findSearchClass(type, bare);
    switch (found.kind) {
      case 'shown':
        return SHOWN;
      case 'unknown':
        return this.#unknown(name);
      case 'identifier':
        return this.#identifier(name, value);
      case 'provider-identifier':
        return this.#identifier(name, value, (...said) => this.#mapped.classesOfProvider(...said));
      case 'class':
        return this.#ofClass(name, found.className, value);
    }
  }

  /** What the last of several parameters asks by; its values are not resolved. */
  #chained({ type, parameter }: ChainEnd, { name, value }: Asked): ParameterReading {
    const written = { name: parameter, value, written: '' };
    const reading = this.read(type, written);
    if (reading.kind !== 'hidden') return reading;
    return refuse(`${name} asks by something that is hidden`);
  }

  #sort(type: string | undefined, value: string): ParameterReading {
    const ordersByShown = value
      .split(',')
      .flatMap((written) => readSort(type, written))
      .every((end) => this.#ordersByShown(end));
    return ordersByShown ? SHOWN : refuse('_sort would order by something that is hidden');
  }

  #ordersByShown({ type, parameter }: ChainEnd): boolean {
    if (this.#mapped.findHidden(type, parameter, this.#shown).length > 0) return false;
    const found = findSearchClass(type, parameter);
    if (found.kind === 'shown') return true;
    if (found.kind === 'unknown') return this.#showsAll();
    const classes = found.kind === 'class' ? [found.className] : this.#identifierClasses;
    return classes.every((name) => this.#shown.has(name)) || this.#showsAll();
  }

  /** By what stands beside a code, or what a reference is displayed as: a name, perhaps. */
  #text(name: string): ParameterReading {
    return this.#shown.has(FREE_TEXT) && this.#shown.has('name')
      ? SHOWN
      : refuse(`${name} asks by texts, which may be hidden: ask by codes and ids instead`);
  }

  #ofMapped(name: string, mapped: readonly DataMapPath[], value: string): ParameterReading {
    const alternatives = mapped.map((field) => ({ ...field, name }));
    const values = value
      .split(',')
      .map((written) => ({ before: '', value: written, alternatives }));
    return { kind: 'hidden', name, values };
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
    if (dataClass === AGE && value.split(',').every((written) => this.#isShownAge(written))) {
      return SHOWN;
    }
    const values = value
      .split(',')
      .map((written) => ({ before: '', value: written, alternatives: [parameter] }));
    return { kind: 'hidden', name, values };
  }

  /** Whether the masks of ages show as much. */
  #isShownAge(written: string): boolean {
    const years = AGE_ASKED.exec(written)?.[1];
    if (years === undefined || Number(years) > AGE_MAX - 1) return false;
    return this.#masks.findMask(AGE, undefined).kind === 'age';
  }

  /** Whether the masks of dates show as much. */
  #isShownYear(dataClass: string, written: string): boolean {
    const year = Number(YEAR.exec(written)?.[1] ?? 0);
    const isYearShown = this.#masks.findMask(dataClass, undefined).kind === 'year';
    return isYearShown && year > oldestYear(this.#masks.parts.context().thisYear);
  }

  /** @param classesOf What an identifier may be of. */
  #identifier(
    name: string,
    value: string,
    classesOf: (system: string, value: string) => readonly string[] = (system) =>
      this.#classesOf(system),
  ): ParameterReading {
    const values = value.split(',').map((written) => {
      const bar = written.lastIndexOf('|');
      const system = written.slice(0, Math.max(0, written.indexOf('|')));
      const bare = written.slice(bar + 1);
      const classes = classesOf(system, bare);
      return {
        before: written.slice(0, bar + 1),
        value: bare,
        alternatives: classes
          .filter((dataClass) => !this.#shown.has(dataClass))
          .map((dataClass) => ({ name, dataClass })),
      };
    });
    const isShown = values.every(({ alternatives }) => alternatives.length === 0);
    return isShown ? SHOWN : { kind: 'hidden', name, values };
  }

  #classesOf(system: string): readonly string[] {
    const known = system === '' ? undefined : this.#mapped.classOfSystem(system);
    return known === undefined ? this.#identifierClasses : [known];
  }

  /** Whether nothing is hidden that a resource may hold. */
  #showsAll(): boolean {
    return (
      FHIR_CLASSES.every((name) => this.#shown.has(name)) && this.#mapped.showsAll(this.#shown)
    );
  }
}

/** `_has:Observation:patient:code`; more of them may follow each other. */
function readHas(name: string): ChainEnd {
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
function readChain(chain: readonly string[]): ChainEnd {
  const type = chain.at(-2)?.split(':')[1] ?? '';
  return { type: RESOURCE_TYPES.has(type) ? type : undefined, parameter: chain.at(-1) ?? '' };
}

/**
 * What one part of `_sort` may order by: `-date`, `status:desc`. Some servers order by what is referred to, or may be told the type
 * first: `Patient:subject.family`, `Patient:family`.
 */
function readSort(type: string | undefined, written: string): readonly ChainEnd[] {
  const words = written.replace(/^-/u, '').split(/[:.]/u);
  const [referredType, ...otherTypes] = words.filter((word) => RESOURCE_TYPES.has(word));
  const parts = words.filter((word) => !RESOURCE_TYPES.has(word) && !DIRECTIONS.has(word));
  return parts.map((parameter, index) => {
    const isReferred = written.includes('.') && index === parts.length - 1;
    if (!isReferred) return { type, parameter };
    return { type: otherTypes.length === 0 ? referredType : undefined, parameter };
  });
}

function refuse(reason: string): ParameterReading {
  return { kind: 'refused', reason };
}

import { elementsOf } from './element-types.ts';
import { kindOfResource } from './resource-kinds.ts';
import { isTellingType } from './telling-elements.ts';

/** The resource that a patch is made to. */
export interface PatchedResource {
  /** Undefined where it is not FHIR, or nobody knows. */
  readonly type: string | undefined;
  /** Elements and types that are shown by a stand-in because a data map says so, as it writes them: `Patient.gender`. */
  readonly standIns: ReadonlySet<string>;
}

/** Types of references, and what a data map may say of all of them. */
const REFERENCE = /^Reference(?:To\w+)?$/u;
const OF_REFERENCES: readonly string[] = ['Reference', 'Reference.reference', 'string'];
/** What leads to a resource of the same server, without a version. */
const LITERAL_REFERENCE = /^([A-Z][A-Za-z]+)\/[\w.-]{1,64}$/u;
const NUMBERS: ReadonlySet<string> = new Set('decimal integer positiveInt unsignedInt'.split(' '));

/**
 * The type of what is written at an element of a resource; undefined where there is no such element, or where it may be shown by a
 * stand-in whatever its type is.
 */
export function typeOfElement(
  resource: PatchedResource,
  names: readonly string[],
): string | undefined {
  return names.reduce<string | undefined>(
    (type, name) => typeOfPart(resource, type, name),
    resource.type,
  );
}

/**
 * Whether all of a value has room for nobody's data where it is written: codes, numbers, `true`, `false` and `null`, and whole
 * references to who gives care.
 */
export function isPlain(
  resource: PatchedResource,
  type: string | undefined,
  value: unknown,
): boolean {
  if (value === null || typeof value === 'boolean') return true;
  if (typeof value === 'string') return type === 'code';
  if (typeof value === 'number') return type !== undefined && NUMBERS.has(type);
  if (Array.isArray(value)) return value.every((item) => isPlain(resource, type, item));
  if (type !== undefined && REFERENCE.test(type) && isToProvider(resource, value as object)) {
    return true;
  }
  return Object.entries(value as object).every(([name, part]) =>
    isPlain(resource, typeOfPart(resource, type, name), part),
  );
}

/** Whether a reference is no more than where somebody or something is found that gives care. */
function isToProvider({ standIns }: PatchedResource, value: object): boolean {
  if (OF_REFERENCES.some((name) => standIns.has(name))) return false;
  const [[name, reference] = [], ...more] = Object.entries(value) as [string, unknown][];
  if (name !== 'reference' || typeof reference !== 'string' || more.length > 0) return false;
  const [, target = ''] = LITERAL_REFERENCE.exec(reference) ?? [];
  return kindOfResource(target) === 'provider';
}

function typeOfPart(
  { standIns }: PatchedResource,
  type: string | undefined,
  name: string,
): string | undefined {
  if (type === undefined || isTellingType(type)) return undefined;
  const partType = elementsOf(type)?.get(name);
  const isShownOtherwise =
    standIns.has(`${type}.${name}`) || (partType !== undefined && standIns.has(partType));
  return isShownOtherwise ? undefined : partType;
}

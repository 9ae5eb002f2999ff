import { readPlainJson } from '../detectors/read-plain-json.ts';
import { isPlain, type PatchedResource, typeOfElement } from '../fhir/plain-elements.ts';

type JsonObject = Readonly<Record<string, unknown>>;

/** Operations of a JSON Patch that neither read nor move what is there (RFC 6902, section 4). */
export const WRITING_OPERATIONS: ReadonlySet<unknown> = new Set(['add', 'remove', 'replace']);
/** Operations of FHIR's own patches, of which `move` stays within a list. @see https://hl7.org/fhir/R4/fhirpatch.html */
const FHIR_OPERATIONS: ReadonlySet<unknown> = new Set('add delete insert move replace'.split(' '));
/** What such an operation may say of where it writes, beside its path. */
const POSITIONS: readonly string[] = ['index', 'source', 'destination'];
/** Elements by their names: `Patient.telecom[0].use`. */
const ELEMENT_PATH = /^[A-Z]\w*(?:\.[a-z]\w*(?:\[\d+\])?)*$/u;
const ELEMENT_NAME = /^[a-z]\w*$/u;
/** A JSON pointer (RFC 6901): some servers take one without its first slash for something else. */
const POINTER = /^(?:$|\/)/u;
/** What it says of elements of a list. */
const LIST_PLACE = /^(?:\d+|-)$/u;

/**
 * Whether a patch writes nothing that could be anybody's: outside of FHIR only `true`, `false` and `null`; in FHIR codes and numbers,
 * too, in elements of these types. What it says of places is nobody's.
 *
 * @param resource To which it is made.
 */
export function namesOnly(patch: Buffer, resource: PatchedResource): boolean {
  const reading = readPlainJson(patch);
  if (reading.kind === 'unreadable') return false;
  const { value } = reading;
  if (Array.isArray(value)) return value.every((operation) => isHarmless(operation, resource));
  if (resource.type === undefined || !isObject(value)) return false;
  const { resourceType, parameter, ...others } = value;
  if (resourceType !== 'Parameters') return isPlain(resource, resource.type, value);
  if (Object.keys(others).length > 0) return false;
  return listOf(parameter).every((operation) => isHarmlessInFhir(operation, resource));
}

/** Whether the body of a `PATCH`, whatever it says of itself, is a list of operations. What cannot be read may be one. */
export function isOperationList(body: Buffer): boolean {
  const reading = readPlainJson(body);
  if (reading.kind === 'unreadable') return body.toString('latin1').trimStart().startsWith('[');
  const { value } = reading;
  return Array.isArray(value) && value.some((item) => isObject(item) && hasOperation(item));
}

/** To some servers case makes no difference. */
function hasOperation(item: JsonObject): boolean {
  return Object.keys(item).some((key) => key.toLowerCase() === 'op');
}

/** An operation of a JSON Patch. */
function isHarmless(operation: unknown, resource: PatchedResource): boolean {
  if (!isObject(operation)) return false;
  const { op, path, value = null, ...rest } = operation;
  if (Object.keys(rest).length > 0 || !WRITING_OPERATIONS.has(op)) return false;
  if (!isText(path, POINTER)) return false;
  const names = path
    .split('/')
    .slice(1)
    .filter((segment) => !LIST_PLACE.test(segment));
  return isPlain(resource, typeOfElement(resource, names), value);
}

/** An operation of a patch that is a resource of FHIR. */
function isHarmlessInFhir(operation: unknown, resource: PatchedResource): boolean {
  const parts = readParts(operation);
  if (parts === undefined) return false;
  const { type, path, name, value = null, ...rest } = Object.fromEntries(parts);
  const arePositions = Object.entries(rest).every(
    ([key, position]) => POSITIONS.includes(key) && typeof position === 'number',
  );
  if (!arePositions || !FHIR_OPERATIONS.has(type) || !isText(path, ELEMENT_PATH)) return false;
  // What is added is named apart from where it is added.
  if (type === 'add' ? !isText(name, ELEMENT_NAME) : name !== undefined) return false;
  const [of, ...steps] = `${path}${type === 'add' ? `.${String(name)}` : ''}`.split('.');
  const names = steps.map((step) => step.replace(/\[.*/u, ''));
  return of === resource.type && isPlain(resource, typeOfElement(resource, names), value);
}

/** What an operation says, by the names of its parts; undefined if it says something twice, or in another way. */
function readParts(operation: unknown): ReadonlyMap<string, unknown> | undefined {
  if (!isObject(operation)) return undefined;
  const { name: kind, part: list, ...others } = operation;
  if (kind !== 'operation' || Object.keys(others).length > 0) return undefined;
  const parts = new Map<string, unknown>();
  for (const part of listOf(list)) {
    const { name, ...said } = isObject(part) ? part : {};
    const [[key, value] = ['', null], ...more] = Object.entries(said);
    if (typeof name !== 'string' || parts.has(name) || more.length > 0) return undefined;
    if (!key.startsWith('value')) return undefined;
    parts.set(name, value);
  }
  return parts;
}

/** What is no list is one with something in it that nobody knows. */
function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as readonly unknown[]) : [value];
}

function isText(value: unknown, pattern: RegExp): value is string {
  return typeof value === 'string' && pattern.test(value);
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

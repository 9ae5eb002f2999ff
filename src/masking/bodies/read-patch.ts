import { RESOURCE_TYPES } from '../fhir/element-types.ts';
import type { WrittenBody } from './written-body.ts';

type JsonObject = Readonly<Record<string, unknown>>;

/** What a patch writes in one place. */
export interface PatchedElement {
  /** Elements that lead there, without places in lists. */
  readonly names: readonly string[];
  /** Null where something is left out. */
  readonly value: unknown;
  /** Whether what the value does not speak of stays (RFC 7396). */
  readonly isMerged: boolean;
}

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
 * Reads what a patch writes, and where; undefined where it says anything else, or something twice.
 *
 * @param type Of the resource of FHIR that it is made to; undefined where it is none, or nobody knows.
 */
export function readPatch(
  { json }: WrittenBody,
  type: string | undefined,
): readonly PatchedElement[] | undefined {
  if (json.kind === 'unreadable') return undefined;
  const { value } = json;
  if (Array.isArray(value)) return readAll(value.map(readOperation));
  if (type === undefined || !isObject(value)) return undefined;
  const { resourceType, parameter, ...others } = value;
  if (resourceType !== 'Parameters') return [{ names: [], value, isMerged: true }];
  if (Object.keys(others).length > 0) return undefined;
  return readAll(listOf(parameter).map((operation) => readFhirOperation(operation, type)));
}

/** Whether the body of a `PATCH`, whatever it says of itself, is a list of operations. What cannot be read may be one. */
export function isOperationList({ bytes, json }: WrittenBody): boolean {
  if (json.kind === 'unreadable') return bytes.toString('latin1').trimStart().startsWith('[');
  const { value } = json;
  return Array.isArray(value) && value.some((item) => isObject(item) && hasOperation(item));
}

/** Of a resource, as its path says; undefined where that may be understood in two ways. */
export function findResourceType(path: string): string | undefined {
  const types = path.split('/').filter((segment) => RESOURCE_TYPES.has(segment));
  return types.length === 1 ? types[0] : undefined;
}

/** To some servers case makes no difference. */
function hasOperation(item: JsonObject): boolean {
  return Object.keys(item).some((key) => key.toLowerCase() === 'op');
}

function readAll(
  elements: readonly (PatchedElement | undefined)[],
): readonly PatchedElement[] | undefined {
  const read = elements.filter((element) => element !== undefined);
  return read.length === elements.length ? read : undefined;
}

/** An operation of a JSON Patch. */
function readOperation(operation: unknown): PatchedElement | undefined {
  if (!isObject(operation)) return undefined;
  const { op, path, value = null, ...rest } = operation;
  if (Object.keys(rest).length > 0 || !WRITING_OPERATIONS.has(op)) return undefined;
  if (!isText(path, POINTER)) return undefined;
  const names = path
    .split('/')
    .slice(1)
    .filter((segment) => !LIST_PLACE.test(segment));
  return { names, value, isMerged: false };
}

/** An operation of a patch that is a resource of FHIR. */
function readFhirOperation(operation: unknown, ofType: string): PatchedElement | undefined {
  const parts = readParts(operation);
  if (parts === undefined) return undefined;
  const { type, path, name, value = null, ...rest } = Object.fromEntries(parts);
  const arePositions = Object.entries(rest).every(
    ([key, position]) => POSITIONS.includes(key) && typeof position === 'number',
  );
  if (!arePositions || !FHIR_OPERATIONS.has(type) || !isText(path, ELEMENT_PATH)) return undefined;
  // What is added is named apart from where it is added.
  if (type === 'add' ? !isText(name, ELEMENT_NAME) : name !== undefined) return undefined;
  const [first, ...steps] = `${path}${type === 'add' ? `.${String(name)}` : ''}`.split('.');
  const names = steps.map((step) => step.replace(/\[.*/u, ''));
  return first === ofType ? { names, value, isMerged: false } : undefined;
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

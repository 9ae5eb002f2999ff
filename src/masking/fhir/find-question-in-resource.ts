import { charsetOf, type MediaType } from '../../wire/http/media-type.ts';
import type { WrittenBody } from '../bodies/written-body.ts';
import { RESOURCE_TYPES } from './element-types.ts';

type JsonObject = Readonly<Record<string, unknown>>;

/** What is written where FHIR is spoken. */
export interface WrittenFhir {
  readonly method: string;
  /** Relative to where FHIR is spoken. */
  readonly path: string;
  readonly mediaType: MediaType | undefined;
  /** Whether a URL asks by what is hidden; relative like the path. */
  readonly asks: (url: string) => boolean;
}

const UNREADABLE =
  'it cannot be looked through: where FHIR is spoken, bodies are JSON in UTF-8, without anything twice';
const ASKS = 'it asks by what is hidden, and its outcome would tell';
const PATCHES = 'it holds a patch, which can be looked through by itself only';
const SENDS = 'it would have the service send what nobody masks, or find by what is hidden';

/**
 * What stands before the `?` of a URL by which a server finds the resource that is meant: a type, in whatever case, with a slash or
 * without; and whether the text, or a path in it, begins with it. @see https://hl7.org/fhir/R4/http.html#trules
 */
const TYPE_AT_END = /(?:(^\s*|\/)|(?<!\w))(\w+)\/?$/u;
/** Characters; longer than any type of resource with what is around it. */
const TYPE_LENGTH_MAX = 64;
const TYPES: ReadonlySet<string> = new Set([...RESOURCE_TYPES].map((type) => type.toLowerCase()));
/** Such URLs in one text. Nobody writes more; each is looked at up to the end. */
const QUESTIONS_MAX = 16;
/** What the URL of a request has that asks by anything. */
const MAY_ASK = /[?$%]/u;
/** Parameters of an operation that are looked at as one query, with its path; longer ones nobody has (in characters). */
const PARAMETERS_AT_ONCE = 128;
const PATH_LENGTH_MAX = 1_024;
/** What says how a service is asked, and of whom it tells somebody: by what it then is asked nobody knows. */
const CHANGING: ReadonlySet<string> = new Set([
  'SearchParameter',
  'Subscription',
  'SubscriptionTopic',
]);
/** Channels that say no more than that there is something new, if they have no payload. */
const PLAIN_CHANNELS: ReadonlySet<unknown> = new Set(['rest-hook', 'websocket']);
const PAYLOAD = /payload$|extension$/iu;
/** In another charset the same bytes may be another document. */
const UTF8 = /^(?:utf-?8|(?:us-)?ascii)$/u;
/** Where bodies may be of any type, and are stored as they are. */
const BINARY = 'Binary';
/** How types of resources are written, those of other versions too. */
const TYPE = /^[A-Z][a-z]/u;

/** Whether bodies at a path of FHIR are of any type. */
export function takesAnything(path: string): boolean {
  const segments = path.split('/');
  const at = segments.length - (segments.at(-1) === BINARY ? 1 : 2);
  const [before = '', type, id = ''] = [segments[at - 1], segments[at], segments[at + 1]];
  if (type !== BINARY || id.includes('$')) return false;
  // Behind a type it is an id, of what the server takes for a resource.
  return !TYPE.test(before) && !TYPES.has(before.toLowerCase());
}

/**
 * Why what is written to a FHIR server may not be sent: it asks by what is hidden, in a reference that the server is to find, in a
 * parameter of an operation, or later, by what the server then does. Undefined: it does not.
 *
 * @see https://hl7.org/fhir/R4/operations.html
 */
export function findQuestionInResource(
  { method, path, mediaType, asks }: WrittenFhir,
  { json }: WrittenBody,
): string | undefined {
  const isOfService = path.split('/').some((segment) => CHANGING.has(segment));
  if (method === 'PATCH' && isOfService) return SENDS;
  const charset = (mediaType && charsetOf(mediaType)) ?? 'utf-8';
  if (json.kind === 'unreadable' || !UTF8.test(charset)) {
    return takesAnything(path) ? undefined : UNREADABLE;
  }
  const { value } = json;
  if (isOperation(path) && asksByParameters(value, path, asks)) return ASKS;
  return findIn(value, { asks, isQuiet: false });
}

interface Around {
  readonly asks: WrittenFhir['asks'];
  /** Whether a subscription is around, in all of which there is no payload. */
  readonly isQuiet: boolean;
}

function findIn(value: unknown, { asks, isQuiet }: Around): string | undefined {
  if (typeof value === 'string') return isQuestion(value, asks) ? ASKS : undefined;
  if (typeof value !== 'object' || value === null) return undefined;
  const isChanging = CHANGING.has(textOf(asObject(value)['resourceType']));
  if (isChanging && !isPlainSubscription(value as JsonObject, isQuiet)) return SENDS;
  const found = findInEntry(asObject(value), asks);
  if (found !== undefined) return found;
  for (const inner of Object.values(value)) {
    const reason = findIn(inner, { asks, isQuiet: isQuiet || isChanging });
    if (reason !== undefined) return reason;
  }
  return undefined;
}

/** What is asked by an entry of a batch, which is a request of its own. */
function findInEntry(
  { request, resource }: JsonObject,
  asks: WrittenFhir['asks'],
): string | undefined {
  const { method, url, ifNoneExist, ifModifiedSince } = asObject(request);
  if (textOf(method).toUpperCase() === 'PATCH') return PATCHES;
  const target = textOf(url);
  if (MAY_ASK.test(target) && asks(target)) return ASKS;
  if (ifModifiedSince !== undefined) {
    const since = new URLSearchParams({ _lastUpdated: textOf(ifModifiedSince) });
    if (asks(`${pathOf(target)}?${since.toString()}`)) return ASKS;
  }
  if (isOperation(target)) return asksByParameters(resource, target, asks) ? ASKS : undefined;
  const condition = textOf(ifNoneExist);
  // There may be the query alone.
  const queries = [target, condition.includes('?') ? condition : `?${condition}`].map(queryOf);
  // Servers look among what the URL names, or among resources of the type that is written.
  const types = [pathOf(target), textOf(asObject(resource)['resourceType'])].filter(Boolean);
  const asksFor = (type: string): boolean =>
    queries.some((query) => query !== '' && asks(`${type}?${query}`));
  return (types.length === 0 ? [''] : types).some(asksFor) ? ASKS : undefined;
}

/** Whether a text has a URL in it by which a server would look for what is hidden. */
function isQuestion(text: string, asks: WrittenFhir['asks']): boolean {
  let count = 0;
  for (let at = text.indexOf('?'); at >= 0; at = text.indexOf('?', at + 1)) {
    const before = text.slice(Math.max(0, at - TYPE_LENGTH_MAX), at);
    const [, start, type = ''] = TYPE_AT_END.exec(before) ?? [];
    if (!TYPES.has(type.toLowerCase())) continue;
    count += 1;
    if (count > QUESTIONS_MAX) return true;
    const rest = text.slice(at);
    // What begins as a URL may be taken for one up to its end, with blanks in it; in a sentence there is one up to the next.
    const query = start === undefined ? (rest.split(/\s/u, 1)[0] ?? '') : rest;
    if (query.includes('=') && asks(type + query)) return true;
  }
  return false;
}

function isOperation(url: string): boolean {
  return pathOf(url)
    .split('/')
    .some((segment) => segment.startsWith('$'));
}

function pathOf(url: string): string {
  return url.split('?', 1)[0] ?? '';
}

function queryOf(url: string): string {
  return url.slice(pathOf(url).length + 1);
}

/** Whether an operation is told to look for something that is hidden. */
function asksByParameters(value: unknown, url: string, asks: WrittenFhir['asks']): boolean {
  const path = pathOf(url);
  if (path.length > PATH_LENGTH_MAX) return true;
  const said: [name: string, text: string][] = [];
  collectParameters(value, said);
  for (let start = 0; start < said.length; start += PARAMETERS_AT_ONCE) {
    const query = new URLSearchParams(said.slice(start, start + PARAMETERS_AT_ONCE));
    if (asks(`${path}?${query.toString()}`)) return true;
  }
  return false;
}

/** Adds what the parameters of an operation say, and their parts. */
function collectParameters(value: unknown, said: [name: string, text: string][]): void {
  const { parameter, part } = asObject(value);
  for (const one of [...listOf(parameter), ...listOf(part)]) {
    const { name, part: _, ...rest } = asObject(one);
    for (const text of valuesOf(rest)) said.push([textOf(name), text]);
    collectParameters(one, said);
  }
}

/** As a query would say it; of several, servers take one or another. */
function valuesOf(said: JsonObject): readonly string[] {
  const values = Object.entries(said).filter(([key]) => key.startsWith('value'));
  if (values.length === 0) return [''];
  return values.map(([, value]) => {
    const { reference, system, value: identifier } = asObject(value);
    return textOf(value) || textOf(reference) || `${textOf(system)}|${textOf(identifier)}`;
  });
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}

/** Whether all that a subscription sends is that there is something new. @param isQuiet See {@link Around}. */
function isPlainSubscription(resource: JsonObject, isQuiet: boolean): boolean {
  const { type } = asObject(resource['channel']);
  const isPlain = resource['resourceType'] === 'Subscription' && PLAIN_CHANNELS.has(type);
  return isPlain && (isQuiet || !hasPayload(resource));
}

function hasPayload(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([key, inner]) => PAYLOAD.test(key) || hasPayload(inner));
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as readonly unknown[]) : value === undefined ? [] : [value];
}

function asObject(value: unknown): JsonObject {
  return typeof value === 'object' && value !== null ? (value as JsonObject) : {};
}

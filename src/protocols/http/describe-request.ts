import { canonicalizePath } from '../../wire/http/canonical-path.ts';
import type { FieldList } from '../../wire/http/field-list.ts';
import { foldParameterName } from '../../wire/http/parameter-name.ts';
import type { ClientRequest } from './client-exchange.ts';
import type { HttpRequestHead } from './exchange.ts';
import { ProblemError } from './problem.ts';

/** By which some servers take one method for another; to some an underscore is a dash. */
const OVERRIDE = /^x[-_](?:http[-_])?method(?:[-_]override)?$/;
/** The same as a parameter of the query. */
const OVERRIDE_PARAMETER = '_method';
/** Any of its characters may be escaped. */
const MAY_OVERRIDE = /^[^?]*\?.*(?:[._]method|%)/i;
/** Of what TRACE sends back, a part is the gateway's own; CONNECT has no path to decide on. */
const REFUSED_METHODS: ReadonlySet<string> = new Set(['TRACE', 'TRACK', 'CONNECT']);

/** Refuses methods that nobody can decide on, and those that are said to be others. @throws {ProblemError} */
export function checkMethod({ method, fields, target }: ClientRequest): void {
  if (REFUSED_METHODS.has(method)) {
    throw new ProblemError({
      status: 405,
      title: 'Method not allowed',
      detail: `${method} is not passed on by this gateway.`,
      fields: [['allow', 'GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE']],
    });
  }
  const overrides = MAY_OVERRIDE.test(target) ? findOverrideParameters(target) : [];
  for (const [name, value] of fields) {
    if (OVERRIDE.test(name)) overrides.push(value);
  }
  if (overrides.every((override) => override === method)) return;
  throw new ProblemError({
    status: 400,
    title: 'Ambiguous method',
    detail: 'The request names another method than its own. Send it with the method that is meant.',
  });
}

function findOverrideParameters(target: string): string[] {
  const question = target.indexOf('?');
  if (question === -1) return [];
  // Some servers end parameters at semicolons, too.
  return [...new URLSearchParams(target.slice(question + 1).replaceAll(';', '&'))]
    .filter(([name]) => foldParameterName(name) === OVERRIDE_PARAMETER)
    .map(([, value]) => value);
}

/** Where a request is for, in the one form that is decided on. */
export interface RequestPlace {
  /** `*` for OPTIONS of a server as a whole. */
  readonly path: string;
  readonly query: string;
}

/** @throws {HttpMessageError} If servers could read the path in different ways. */
export function findPlace(target: string, pathParameters: boolean): RequestPlace {
  return target === '*' ? { path: '*', query: '' } : canonicalizePath(target, { pathParameters });
}

/** The path without the prefix of its target. */
export function cutPrefix(path: string, prefix: string): string {
  if (prefix === '' || !path.startsWith(prefix)) return path;
  return path.length === prefix.length ? '/' : path.slice(prefix.length);
}

/** What of a request is decided on. @param fields Without those that are the gateway's own. */
export function describeRequest(
  { method, scheme, authority, version, upgrade, bodyBytes }: ClientRequest,
  { path, query }: RequestPlace,
  fields: FieldList,
): HttpRequestHead {
  return { method, scheme, authority, path, query, fields, version, upgrade, bodyBytes };
}

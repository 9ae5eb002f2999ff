import { canonicalizePath } from '../../wire/http/canonical-path.ts';
import type { Field } from '../../wire/http/field-list.ts';
import { HttpMessageError } from '../../wire/http/http-message-error.ts';
import type { HttpRequestHead } from './exchange.ts';
import { ProblemError } from './problem.ts';

/** What a request does to another place of the service than the one it asks for. */
export interface NamedPlace {
  readonly method: 'GET' | 'PUT' | 'DELETE';
  /** Canonical, as clients know it. */
  readonly path: string;
}

/** The path by which clients know one of the service's; undefined: there is none. */
export type FindOwnPath = (path: string) => string | undefined;

/** By which stores of objects and files copy or rename what is there already: those of Amazon, Google, Microsoft and others. */
const SOURCE = /^x[-_](?:[a-z]{2,9}[-_]){0,2}(copy|rename|move)[-_]source$/;
/** The same of OpenStack and Alibaba, beneath a path that only the service knows. */
const UNKNOWN_SOURCE =
  /^x[-_](?:copy[-_]from|object[-_]manifest|(?:[a-z]{2,9}[-_])?symlink[-_]target)$/;
/** @see RFC 4918, section 10.3 */
const DESTINATION = 'destination';
const COPYING: ReadonlySet<string> = new Set(['COPY', 'MOVE']);
const ORIGIN = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i;
/** Names of Amazon's, which are no paths; what no URL has; parts of a page. */
const UNCLEAR = /^\/?arn:|[\s#]/i;

/**
 * The fields of a request by which it names other places, and what they say.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
 */
export function listNamingFields({
  method,
  fields,
}: Pick<HttpRequestHead, 'fields' | 'method'>): readonly Field[] {
  const naming: Field[] = [];
  fields.each((name, value) => {
    const isDestination = name === DESTINATION && COPYING.has(method);
    if (isDestination || SOURCE.test(name) || UNKNOWN_SOURCE.test(name)) naming.push([name, value]);
  });
  return naming;
}

/** Amazon's name for a host that is one bucket: sources of copies are named with the bucket in front all the same. */
const BUCKET = /^(.+)\.s3[.-](?:.+\.)?amazonaws\.com(?:\.cn)?$/;

/** Clients know no path of a service but those beneath its base path, "" for all. */
export function openOwnPaths({
  host,
  basePath,
}: {
  readonly host: string;
  readonly basePath: string;
}): FindOwnPath {
  const bucket = BUCKET.exec(host)?.[1];
  const base = `${bucket === undefined ? '' : `/${bucket}`}${basePath}`;
  return (path) => {
    if (base === '') return path;
    return path.startsWith(`${base}/`) ? path.slice(base.length) : undefined;
  };
}

/**
 * What a request reads, writes or takes away beside what its path says.
 *
 * @throws {ProblemError} If it cannot be told of which path that is.
 */
export function findNamedPlaces(
  request: Pick<HttpRequestHead, 'fields' | 'method'>,
  findOwnPath: FindOwnPath,
): readonly NamedPlace[] {
  return listNamingFields(request).flatMap(([name, value]) => {
    const path = readPath(name, value, findOwnPath);
    if (path === undefined) throw refuse(name);
    return methodsOf(name).map((method) => ({ method, path }));
  });
}

function methodsOf(name: string): readonly NamedPlace['method'][] {
  if (name === DESTINATION) return ['PUT'];
  return SOURCE.exec(name)?.[1] === 'copy' ? ['GET'] : ['GET', 'DELETE'];
}

function readPath(name: string, value: string, findOwnPath: FindOwnPath): string | undefined {
  if (UNKNOWN_SOURCE.test(name) || UNCLEAR.test(value)) return undefined;
  // To a host of any name: which are the service's own, only it knows.
  const written = value.replace(ORIGIN, '');
  const isFromRoot = written.startsWith('/');
  if (!isFromRoot && name === DESTINATION) return undefined;
  // Many clients escape the whole of it, its slashes too.
  const unescaped = (isFromRoot ? written : `/${written}`).replaceAll(/%2f/gi, '/');
  try {
    return findOwnPath(canonicalizePath(unescaped, { pathParameters: false }).path);
  } catch (error) {
    if (error instanceof HttpMessageError) return undefined;
    throw error;
  }
}

function refuse(name: string): ProblemError {
  return new ProblemError({
    status: 400,
    title: 'Ambiguous path',
    detail: `The request names another place by ${name}, and it cannot be told which of this target's that is. Write its path from the root, percent-encoded. Nothing was passed on.`,
  });
}

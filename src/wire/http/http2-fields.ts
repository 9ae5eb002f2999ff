import { parseContentLength } from './body-framing.ts';
import { type Field, FieldList } from './field-list.ts';
import { FIELDS_MAX } from './field-section.ts';
import { HEAD_BYTES_MAX } from './head-end.ts';
import { HttpMessageError } from './http-message-error.ts';
import { checkMethod, parseRequestTarget, type RequestTarget } from './request-target.ts';
import { checkTrailers } from './trailer-section.ts';

/** Fields of a connection of HTTP/1.1, which no message of HTTP/2 may have (RFC 9113 section 8.2.2). */
const CONNECTION_FIELDS: ReadonlySet<string> = new Set([
  'connection',
  'http2-settings',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
]);

/** Fields that may be there several times, and of which `node:http2` takes but one. */
const JOINED_FIELDS: ReadonlySet<string> = new Set([
  'access-control-allow-credentials',
  'access-control-max-age',
  'access-control-request-method',
  'content-encoding',
  'content-language',
  'content-md5',
  'dnt',
  'if-match',
  'if-none-match',
  'tk',
  'upgrade-insecure-requests',
  'x-content-type-options',
]);

const REQUEST_PSEUDO_NAMES: readonly string[] = [':method', ':scheme', ':authority', ':path'];

/** Names and values by turns, as `node:http2` gives and takes them. */
export type RawFields = readonly string[];

/** The head of a request of HTTP/2. */
export interface Http2RequestHead extends RequestTarget {
  readonly method: string;
  readonly scheme: 'http' | 'https';
  /** Without pseudo headers and `host`; cookies in one field. */
  readonly fields: FieldList;
  /** Of the body, if the client said so. */
  readonly contentLength: number | undefined;
}

/** The head of a response of HTTP/2, not of an interim one. */
export interface Http2ResponseHead {
  readonly status: number;
  readonly fields: FieldList;
  readonly contentLength: number | undefined;
}

/**
 * Decodes the header section of a request (RFC 9113 section 8.3.1).
 *
 * @throws {HttpMessageError} If a pseudo header is missing, there twice, unknown or behind a field; if
 *   a field could not stand in HTTP/1.1 as it is; if `host` and `:authority` differ.
 */
export function decodeHttp2Request(raw: RawFields): Http2RequestHead {
  const { pseudo, fields: allFields } = splitRaw(raw, REQUEST_PSEUDO_NAMES);
  const method = requirePseudo(pseudo, ':method');
  const scheme = requirePseudo(pseudo, ':scheme');
  const path = requirePseudo(pseudo, ':path');
  checkMethod(method);
  if (scheme !== 'http' && scheme !== 'https') throw violation('has a scheme that is not of HTTP');
  if (!path.startsWith('/') && path !== '*')
    throw violation('has a path that does not start with a slash');
  const host = allFields.get('host');
  const target = parseRequestTarget(method, path, pseudo.get(':authority') ?? host);
  if (host !== undefined && parseRequestTarget(method, path, host).authority !== target.authority) {
    throw violation('names two authorities');
  }
  const fields = joinCookies(allFields.without('host'));
  return { ...target, method, scheme, fields, contentLength: findContentLength(fields) };
}

/**
 * Decodes the header section of a response (RFC 9113 section 8.3.2).
 *
 * @throws {HttpMessageError} As {@link decodeHttp2Request}.
 */
export function decodeHttp2Response(raw: RawFields): Http2ResponseHead {
  const { pseudo, fields } = splitRaw(raw, [':status']);
  const status = requirePseudo(pseudo, ':status');
  if (!/^[1-5][0-9]{2}$/.test(status)) throw violation('status is not of three digits');
  fields.checkSingular();
  return { status: Number(status), fields, contentLength: findContentLength(fields) };
}

/** Decodes trailers. @throws {HttpMessageError} For pseudo headers, and as `checkTrailers` says. */
export function decodeHttp2Trailers(raw: RawFields): FieldList {
  const { fields } = splitRaw(raw, []);
  checkTrailers(fields);
  return fields;
}

/** Encodes the header section of a request. `fields` hold no `host`. */
export function encodeHttp2Request(
  head: Pick<Http2RequestHead, 'method' | 'scheme' | 'authority' | 'target'>,
  fields: FieldList,
): string[] {
  const { method, scheme, authority, target } = head;
  const pseudo = [':method', method, ':scheme', scheme, ':authority', authority, ':path', target];
  return [...pseudo, ...encodeFields(fields)];
}

/** Encodes the header section of a response. */
export function encodeHttp2Response(status: number, fields: FieldList): string[] {
  return [':status', String(status), ...encodeFields(fields)];
}

/** Encodes trailers, which `node:http2` takes as an object only. */
export function encodeHttp2Trailers(trailers: FieldList): Record<string, readonly string[]> {
  // No prototype, since `__proto__` is a name that a field may have.
  const byName = Object.create(null) as Record<string, readonly string[]>;
  for (const [name] of trailers) byName[name] ??= trailers.all(name);
  return byName;
}

function encodeFields(fields: FieldList): string[] {
  const raw: string[] = [];
  let joined: Set<string> | undefined;
  fields.each((name, value) => {
    // Both ends count on this; a field of one connection would have its stream reset.
    if (CONNECTION_FIELDS.has(name)) throw violation(`holds ${name}`);
    if (!JOINED_FIELDS.has(name)) {
      raw.push(name, value);
    } else if (joined?.has(name) !== true) {
      joined ??= new Set();
      joined.add(name);
      raw.push(name, fields.get(name) ?? value);
    }
  });
  return raw;
}

function splitRaw(
  raw: RawFields,
  pseudoNames: readonly string[],
): { pseudo: ReadonlyMap<string, string>; fields: FieldList } {
  const pseudo = new Map<string, string>();
  const fields: Field[] = [];
  for (let at = 0; at < raw.length; at += 2) {
    const name = raw[at] ?? '';
    const value = raw[at + 1] ?? '';
    if (!name.startsWith(':')) {
      if (CONNECTION_FIELDS.has(name)) throw violation(`holds ${name}`);
      if (name === 'te' && value.toLowerCase() !== 'trailers')
        throw violation('holds te with more than trailers');
      fields.push([name, value]);
      continue;
    }
    if (fields.length > 0 || pseudo.has(name) || !pseudoNames.includes(name)) {
      throw violation('has a pseudo header twice, of another kind, or behind a field');
    }
    pseudo.set(name, value);
  }
  const list = FieldList.of(fields);
  if (list.size > FIELDS_MAX || list.byteLength > HEAD_BYTES_MAX) {
    throw new HttpMessageError('head', 'has too many or too long fields', 431);
  }
  return { pseudo, fields: list };
}

function requirePseudo(pseudo: ReadonlyMap<string, string>, name: string): string {
  const value = pseudo.get(name);
  if (value === undefined) throw violation(`has no ${name}`);
  return value;
}

/** A client may split its cookies for HTTP/2 (RFC 9113 section 8.2.3), but not for HTTP/1.1. */
function joinCookies(fields: FieldList): FieldList {
  const cookies = fields.get('cookie');
  return cookies === undefined ? fields : fields.with('cookie', cookies);
}

function findContentLength(fields: FieldList): number | undefined {
  const value = fields.get('content-length');
  return value === undefined ? undefined : parseContentLength(value);
}

function violation(reason: string): HttpMessageError {
  return new HttpMessageError('head', reason);
}

import { HttpMessageError } from './http-message-error.ts';

/** A host name, an IPv4 address or an IPv6 address in brackets; then maybe a port. */
const AUTHORITY =
  /^(?<host>[a-z0-9_](?:[a-z0-9._-]{0,252}[a-z0-9_])?\.?|\[[0-9a-f:.]{2,45}\])(?::(?<port>[1-9][0-9]{0,4}))?$/;

const PORT_MAX = 65_535;

/** Where a request wants to go: `Host` of HTTP/1.1, `:authority` of HTTP/2. */
export interface Authority {
  /** In lower case, without a dot at its end; IPv6 in its brackets. */
  readonly host: string;
  /** Undefined if it is not named: that of the scheme. */
  readonly port: number | undefined;
}

/**
 * Parses an authority (RFC 9110 section 7.2), of which HTTP knows no user information.
 *
 * @throws {HttpMessageError} If it is none, or in a form that servers read in different ways.
 */
export function parseAuthority(value: string): Authority {
  const groups = AUTHORITY.exec(value.toLowerCase())?.groups;
  const host = groups?.['host'];
  const port = groups?.['port'] === undefined ? undefined : Number(groups['port']);
  if (host === undefined || host.includes('..') || (port ?? 0) > PORT_MAX) {
    throw new HttpMessageError('authority', 'is no host with a port');
  }
  return { host: host.endsWith('.') ? host.slice(0, -1) : host, port };
}

/** The one text of an authority. */
export function formatAuthority({ host, port }: Authority): string {
  return port === undefined ? host : `${host}:${port}`;
}

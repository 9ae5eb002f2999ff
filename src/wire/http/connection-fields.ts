import type { FieldList } from './field-list.ts';
import { parseTokenList } from './list-value.ts';

/** Fields that belong to one connection, named by `Connection` or not (RFC 9110 section 7.6.1). */
const CONNECTION_FIELDS: ReadonlySet<string> = new Set([
  'connection',
  'http2-settings',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authentication-info',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/**
 * The fields that are not for one connection alone. Add fields of ours to the result, never before:
 * `Connection` takes away whatever it names. Decide on the result too: what it lacks, the next hop
 * does not see. `content-length` remains.
 *
 * @throws {HttpMessageError} If `Connection` is no list of tokens.
 */
export function withoutConnectionFields(fields: FieldList): FieldList {
  const named = parseTokenList(fields.get('connection'), 'connection');
  return fields.filter((name) => !CONNECTION_FIELDS.has(name) && !named.includes(name));
}

import { withoutConnectionFields } from '../../../wire/http/connection-fields.ts';
import type { FieldList } from '../../../wire/http/field-list.ts';
import { HttpMessageError } from '../../../wire/http/http-message-error.ts';
import type { RequestHead } from '../../../wire/http/request-head.ts';
import type { ClientRequest } from '../client-exchange.ts';

/**
 * What of a request of HTTP/1.1 is more than how it was sent.
 *
 * @param bodyBytes -1 where only its end will tell.
 * @throws {HttpMessageError} If it names another scheme than the one that it came by.
 */
export function toClientRequest(
  head: RequestHead,
  bodyBytes: number,
  scheme: ClientRequest['scheme'],
): ClientRequest {
  if (head.scheme !== undefined && head.scheme !== scheme) {
    throw new HttpMessageError('request', 'names another scheme than the connection has');
  }
  const { method, target, authority, upgrade } = head;
  const fields = head.fields.derive(endToEnd);
  return { method, target, scheme, authority, fields, version: '1.1', upgrade, bodyBytes };
}

function endToEnd(fields: FieldList): FieldList {
  const isForTrailers = fields.get('te')?.toLowerCase() === 'trailers';
  const kept = withoutConnectionFields(fields).without('host', 'content-length', 'expect');
  return isForTrailers ? kept.append('te', 'trailers') : kept;
}

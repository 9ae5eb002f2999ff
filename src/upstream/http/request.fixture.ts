import type { HttpRequest } from '../../protocols/http/exchange.ts';
import { WholeBody } from '../../protocols/http/whole-body.ts';
import { FieldList } from '../../wire/http/field-list.ts';

type Asked = Partial<Omit<HttpRequest, 'fields' | 'body'>> & {
  readonly fields?: readonly (readonly [string, string])[];
  readonly body?: string;
};

/** A request as it reaches the credential: for the target's own host and path. */
export function makeRequest({ fields = [], body = '', ...head }: Asked = {}): HttpRequest {
  return {
    method: 'GET',
    scheme: 'https',
    authority: 'api.internal',
    path: '/',
    query: '',
    version: '1.1',
    upgrade: undefined,
    bodyBytes: body.length,
    ...head,
    fields: FieldList.of(fields),
    body: new WholeBody(Buffer.from(body)),
  };
}

import { createHash } from 'node:crypto';
import type { Facts } from '../../policy/operation.ts';
import { parseAuthority } from '../../wire/http/authority.ts';
import { parseMediaType } from '../../wire/http/media-type.ts';
import type { HttpRequestHead } from './exchange.ts';
import { describeFhir } from './fhir-detail.ts';
import type { HttpOperation, RequestDescriber } from './http-operation.ts';
import { OperationMemory } from './operation-memory.ts';

/** Methods with actions of their own; all others are `http.other`. */
const ACTIONS: ReadonlyMap<string, string> = new Map(
  ['get', 'head', 'options', 'post', 'put', 'patch', 'delete'].map((name) => [
    name.toUpperCase(),
    `http.${name}`,
  ]),
);

export interface PlainDescriberParts {
  /** Finds the template of a canonical path, "" for none. Default: there are none. */
  readonly findRoute?: (path: string) => string;
  /** Facts of a kind of service beside those of HTTP. Default: none. */
  readonly findFacts?: (request: HttpRequestHead) => Facts;
  /** The query as the ledger and reviewers may see it. Default: as it is. */
  readonly hideQuery?: (path: string, query: string) => string;
}

/** Describes requests of which only the head is looked at. */
export class PlainDescriber implements RequestDescriber {
  readonly #parts: PlainDescriberParts;
  readonly #memory = new OperationMemory();

  constructor(parts: PlainDescriberParts = {}) {
    this.#parts = parts;
  }

  describe(request: HttpRequestHead): HttpOperation {
    return this.#memory.recall(keyOf(request), () => this.#describe(request));
  }

  describeWithBody(request: HttpRequestHead): HttpOperation {
    return this.describe(request);
  }

  #describe(request: HttpRequestHead): HttpOperation {
    const { method, authority, path, query, upgrade, bodyBytes, fields } = request;
    const { findRoute, findFacts, hideQuery } = this.#parts;
    const route = findRoute?.(path) ?? '';
    const action = upgrade === 'websocket' ? 'http.websocket' : ACTIONS.get(method);
    const contentType = fields.get('content-type');
    const facts: Facts = {
      protocol: 'http',
      method,
      host: parseAuthority(authority).host,
      path,
      route,
      query: [...new Set(new URLSearchParams(query).keys())],
      contentType: parseMediaType(contentType ?? '')?.essence ?? '',
      bytes: bodyBytes,
      body: [],
      bodyKnown: bodyBytes === 0,
      fhirType: '',
      fhirInteraction: '',
      ...findFacts?.(request),
    };
    const fhir = describeFhir(facts);
    const shownQuery = query === '' ? '' : (hideQuery?.(path, query) ?? query);
    return {
      route,
      text: format(request, shownQuery),
      ...(shownQuery !== query && { textSha256: sha256(format(request, query)) }),
      actions: [{ action: action ?? 'http.other', facts }],
      ...(fhir !== undefined && { detail: { fhir } }),
      meaning: meaningOf(request),
    };
  }
}

/** All that an operation is made of. */
function keyOf({
  method,
  authority,
  path,
  query,
  upgrade,
  bodyBytes,
  fields,
}: HttpRequestHead): string {
  const type = fields.get('content-type') ?? '';
  return `${method} ${authority}${path}?${query} ${bodyBytes} ${upgrade ?? ''} ${type}`;
}

/** What else a request means something else by, so that an approval is not for another. */
function meaningOf({ upgrade, fields }: HttpRequestHead): Readonly<Record<string, string>> {
  return {
    upgrade: upgrade ?? '',
    contentType: fields.get('content-type') ?? '',
  };
}

function format({ method, scheme, authority, path }: HttpRequestHead, query: string): string {
  return `${method} ${scheme}://${authority}${path}${query === '' ? '' : `?${query}`}`;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

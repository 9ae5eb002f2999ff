import { createHash } from 'node:crypto';
import type { Facts } from '../../policy/operation.ts';
import { parseAuthority } from '../../wire/http/authority.ts';
import { FieldList } from '../../wire/http/field-list.ts';
import { parseMediaType } from '../../wire/http/media-type.ts';
import type { GuardedAction } from '../guard.ts';
import type { HttpRequestHead } from './exchange.ts';
import { describeFhir } from './fhir-detail.ts';
import type { HttpOperation, RequestDescriber } from './http-operation.ts';
import { type FindOwnPath, findNamedPlaces, listNamingFields } from './named-places.ts';
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
  /** Default: clients know the paths of the service as they are. */
  readonly findOwnPath?: FindOwnPath;
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
    const { path, query } = request;
    const { hideQuery, findOwnPath = (own) => own } = this.#parts;
    const places = findNamedPlaces(request, findOwnPath);
    const own = this.#actionOf(request);
    const others = places.map((place) =>
      this.#actionOf({
        ...{ ...request, ...place, query: '', fields: FieldList.empty },
        ...{ upgrade: undefined, bodyBytes: place.method === 'PUT' ? -1 : 0 },
      }),
    );
    const fhir = describeFhir(own.facts);
    const shownQuery = query === '' ? '' : (hideQuery?.(path, query) ?? query);
    const beside = places.map((place) => ` (${place.method} ${place.path})`).join('');
    return {
      route: this.#parts.findRoute?.(path) ?? '',
      text: format(request, shownQuery) + beside,
      ...(shownQuery !== query && { textSha256: sha256(format(request, query) + beside) }),
      actions: [own, ...others],
      ...(places.length > 0 && { otherPaths: places.map((place) => place.path) }),
      ...(fhir !== undefined && { detail: { fhir } }),
      meaning: meaningOf(request),
    };
  }

  #actionOf(request: HttpRequestHead): GuardedAction {
    const { method, authority, path, query, upgrade, bodyBytes, fields } = request;
    const { findRoute, findFacts } = this.#parts;
    const action = upgrade === 'websocket' ? 'http.websocket' : ACTIONS.get(method);
    const contentType = fields.get('content-type');
    const facts: Facts = {
      protocol: 'http',
      method,
      host: parseAuthority(authority).host,
      path,
      route: findRoute?.(path) ?? '',
      query: [...new Set(new URLSearchParams(query).keys())],
      contentType: parseMediaType(contentType ?? '')?.essence ?? '',
      bytes: bodyBytes,
      body: [],
      bodyKnown: bodyBytes === 0,
      fhirType: '',
      fhirInteraction: '',
      ...findFacts?.(request),
    };
    return { action: action ?? 'http.other', facts };
  }
}

/** All that an operation is made of. */
function keyOf(request: HttpRequestHead): string {
  const { method, authority, path, query, upgrade, bodyBytes, fields } = request;
  const type = fields.get('content-type') ?? '';
  const naming = listNamingFields(request).flat().join(' ');
  return `${method} ${authority}${path}?${query} ${bodyBytes} ${upgrade ?? ''} ${type} ${naming}`;
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

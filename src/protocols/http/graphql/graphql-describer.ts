import { createHash } from 'node:crypto';
import type { GraphqlSelection } from '../../../masking/bodies/graphql-selection.ts';
import { readPlainJson } from '../../../masking/detectors/read-plain-json.ts';
import type { Facts } from '../../../policy/operation.ts';
import { parseAuthority } from '../../../wire/http/authority.ts';
import type { FieldList } from '../../../wire/http/field-list.ts';
import { parseMediaType } from '../../../wire/http/media-type.ts';
import type { HttpRequestHead } from '../exchange.ts';
import type { HttpOperation, RequestDescriber } from '../http-operation.ts';
import { OperationMemory } from '../operation-memory.ts';
import { ProblemError } from '../problem.ts';
import type { KindDescriber } from '../service-describer.ts';
import { type GraphqlOperation, readDocument } from './read-document.ts';

const BODY_BYTES_MAX: number = 1024 * 1024;
/** Operations of one request. */
const BATCH_MAX = 100;
/** Different fields that policies are told of. */
const PATHS_MAX = 1_000;
/** By which GraphQL is spoken; others are described as plain requests, of which nobody knows what they ask for. */
const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST']);
/** Say in a URL what is to run. */
const PARAMETERS: readonly string[] = [
  ...['query', 'operationName', 'variables', 'extensions', 'id', 'documentId'],
];

/** What one request asks to run; a query that is undefined is known to the server by something else. */
interface Asked {
  readonly query: string | undefined;
  readonly operationName: string | undefined;
  /** All keys in its variables, whatever they are within. */
  readonly variableNames: readonly string[];
}

const EVENTS = /text\/event-stream/i;
const STREAM_TOKEN = 'x-graphql-event-stream-token';
/** By which servers find a document that they know already, in the place of one that is told with it. */
const KNOWN_BY: readonly string[] = ['id', 'documentId', 'doc_id', 'queryId'];

const UNREAD: Asked = { query: undefined, operationName: undefined, variableNames: [] };

/**
 * Describes requests of GraphQL over HTTP: every operation by what it does and which fields it asks for.
 *
 * @see https://graphql.github.io/graphql-over-http/draft/
 */
export class GraphqlDescriber implements KindDescriber {
  readonly #paths: ReadonlySet<string>;
  readonly #plain: RequestDescriber;
  readonly #memory = new OperationMemory();

  /**
   * @param paths Canonical, where GraphQL is spoken.
   * @param plain For upgrades, and for methods by which it is not.
   */
  constructor(paths: readonly string[], plain: RequestDescriber) {
    this.#paths = new Set(paths.map(foldPath));
    this.#plain = plain;
  }

  /** Frameworks take a path for the same in capitals, with a slash at its end, and with anything behind that. */
  handles({ method, path, query, upgrade, bodyBytes, fields }: HttpRequestHead): boolean {
    if (method === 'OPTIONS') return false;
    const isReading = method === 'GET' || method === 'HEAD';
    const isStream = upgrade !== undefined || takesEvents(fields);
    const mayAsk = bodyBytes !== 0 || isStream || !isReading;
    // Without anything that could ask, it is the page of a tool.
    if (this.#paths.has(foldPath(path))) return mayAsk || query !== '';
    return this.#isBeneath(path) && (mayAsk || isAsking(new URLSearchParams(query)));
  }

  describe(request: HttpRequestHead): HttpOperation {
    const isSpoken = this.#paths.has(foldPath(request.path)) && METHODS.has(request.method);
    if (request.upgrade !== undefined || !isSpoken) {
      const plain = this.#plain.describe(request);
      return { ...plain, key: plain.key ?? plain, graphql: 'unknown' };
    }
    const parameters = new URLSearchParams(request.query);
    if (request.method !== 'POST') {
      // Some servers read the body of any method.
      const asked = readParameters(parameters);
      return this.#describe(request, [request.bodyBytes === 0 ? asked : UNREAD], false);
    }
    // Some servers take what the URL says, others what the body does.
    if (isAsking(parameters)) throw refuse('says twice what is to run');
    const unread = this.#describe(request, [UNREAD], false);
    return { ...unread, bodyBytesMax: BODY_BYTES_MAX };
  }

  describeWithBody(request: HttpRequestHead, body: Buffer): HttpOperation {
    const type = parseMediaType(request.fields.get('content-type') ?? '')?.essence;
    if (type === 'application/graphql') {
      const asked = { ...UNREAD, query: body.toString('utf8') };
      return this.#describe(request, [asked], false);
    }
    if (type !== 'application/json') {
      return this.#describe(request, [UNREAD], false);
    }
    const reading = readPlainJson(body);
    if (reading.kind === 'unreadable') throw refuse(reading.reason);
    const isBatch = Array.isArray(reading.value);
    const list: readonly unknown[] = isBatch ? (reading.value as unknown[]) : [reading.value];
    if (list.length === 0 || list.length > BATCH_MAX) throw refuse('has no operation, or too many');
    return this.#describe(request, list.map(readAsked), isBatch);
  }

  #isBeneath(path: string): boolean {
    const folded = foldPath(path);
    return [...this.#paths].some((known) => known !== '' && folded.startsWith(`${known}/`));
  }

  #describe(request: HttpRequestHead, asked: readonly Asked[], isBatch: boolean): HttpOperation {
    const { method, scheme, authority, path, query } = request;
    const key = JSON.stringify([method, scheme, authority, path, query, asked, isBatch]);
    return this.#memory.recall(key, () => {
      const operations = asked.map(read);
      const known = operations.filter((operation) => operation !== undefined);
      const names = operations.map((operation) =>
        operation === undefined ? 'unknown' : `${operation.type} ${operation.name}`.trim(),
      );
      return {
        route: '',
        text: `${method} ${scheme}://${authority}${path} ${names.join(', ')}`,
        textSha256: createHash('sha256').update(key).digest('hex'),
        actions: operations.map((operation) => toAction(request, operation)),
        meaning: { query },
        graphql:
          known.length === operations.length && !known.some(({ isIncremental }) => isIncremental)
            ? {
                operations: known.map(({ selections }) => selections),
                isBatch,
                inputNames: [
                  ...known.flatMap(({ inputNames }) => inputNames),
                  ...asked.flatMap(({ variableNames }) => variableNames),
                ],
                isWrite: known.every(({ type }) => type === 'mutation'),
              }
            : 'unknown',
      };
    });
  }
}

function read({ query, operationName }: Asked): GraphqlOperation | undefined {
  return query === undefined ? undefined : readDocument(query, operationName);
}

function toAction(
  { authority, path }: HttpRequestHead,
  operation: GraphqlOperation | undefined,
): HttpOperation['actions'][number] {
  const fields = operation && listFields(operation.selections);
  const facts: Facts = {
    protocol: 'graphql',
    host: parseAuthority(authority).host,
    path,
    operationName: operation?.name ?? '',
    fields: fields ?? [],
    known: fields !== undefined,
  };
  // Of what nobody knows, the worst is thought.
  return { action: `graphql.${operation?.type ?? 'mutation'}`, facts };
}

/** Paths of fields from the root, by their own names; undefined if there are too many. */
function listFields(selections: readonly GraphqlSelection[]): readonly string[] | undefined {
  const paths = new Set<string>();
  const walk = (inner: readonly GraphqlSelection[], around: string): void => {
    for (const { name, selections: below } of inner) {
      const path = around === '' ? name : `${around}.${name}`;
      paths.add(path);
      if (paths.size <= PATHS_MAX) walk(below, path);
    }
  };
  walk(selections, '');
  return paths.size > PATHS_MAX ? undefined : [...paths];
}

/** Of events, some are told what others have asked for, in requests of their own (graphql-sse). */
function takesEvents(fields: FieldList): boolean {
  return fields.has(STREAM_TOKEN) || fields.all('accept').some((types) => EVENTS.test(types));
}

function isAsking(parameters: URLSearchParams): boolean {
  return PARAMETERS.some((name) => parameters.has(name));
}

function readParameters(parameters: URLSearchParams): Asked {
  const read = (name: string): string | undefined => {
    const values = parameters.getAll(name);
    if (values.length > 1) throw refuse('says twice what is to run');
    return values[0] === '' ? undefined : values[0];
  };
  const query = read('query');
  const isSure = isSureOf(query, parseOrNothing(read('extensions')), (name) =>
    parameters.get(name),
  );
  return {
    ...{ query: isSure ? query : undefined, operationName: read('operationName') },
    variableNames: listKeys(read('variables')),
  };
}

function readAsked(value: unknown): Asked {
  const said = (value ?? {}) as Readonly<Record<string, unknown>>;
  const { query, operationName, variables, extensions } = said;
  const isSure = isSureOf(query, extensions, (name) => said[name]);
  const text = typeof query === 'string' && isSure ? query : undefined;
  // What is no name means to servers that there is none, or an error.
  const isNamed = typeof operationName === 'string' && operationName !== '';
  return {
    ...{ query: text, operationName: isNamed ? operationName : undefined },
    variableNames: listKeys(variables),
  };
}

/** Whether it is this text that is run, and not another one that the server finds by what is told with it. */
function isSureOf(query: unknown, extensions: unknown, read: (name: string) => unknown): boolean {
  if (typeof query !== 'string') return false;
  const { persistedQuery } = (extensions ?? {}) as Readonly<Record<string, unknown>>;
  const { sha256Hash } = (persistedQuery ?? {}) as Readonly<Record<string, unknown>>;
  const isItsOwn =
    persistedQuery === undefined || sha256Hash === createHash('sha256').update(query).digest('hex');
  return isItsOwn && KNOWN_BY.every((name) => typeof read(name) !== 'string');
}

function parseOrNothing(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  const reading = readPlainJson(Buffer.from(text));
  if (reading.kind === 'unreadable') throw refuse('has extensions that are no plain JSON');
  return reading.value;
}

/** Some servers take variables that are written as a text. */
function listKeys(variables: unknown): readonly string[] {
  const names = new Set<string>();
  const walk = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [key, inner] of Object.entries(value)) {
      if (!Array.isArray(value)) names.add(key);
      walk(inner);
    }
  };
  if (typeof variables !== 'string') walk(variables);
  else {
    const reading = readPlainJson(Buffer.from(variables));
    if (reading.kind === 'unreadable') throw refuse('has variables that are no plain JSON');
    walk(reading.value);
  }
  return [...names];
}

function foldPath(path: string): string {
  return path.toLowerCase().replace(/\/+$/, '');
}

function refuse(reason: string): ProblemError {
  return new ProblemError({
    status: 400,
    title: 'Request not understood',
    detail: `The GraphQL request ${reason}. It was not passed on.`,
  });
}

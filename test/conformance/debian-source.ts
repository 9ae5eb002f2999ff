import { execFile } from 'node:child_process';
import { access, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Debian packages that building PostgreSQL's test programs needs. */
const BUILD_PACKAGES = [
  'build-essential',
  'dpkg-dev',
  'flex',
  'bison',
  'libreadline-dev',
  'zlib1g-dev',
  'libssl-dev',
  'libicu-dev',
  'pkg-config',
  'perl',
];

/** Directories of the source tree whose programs the suites use; the server itself is not built. */
const BUILD_DIRECTORIES = [
  'src/port',
  'src/common',
  'src/interfaces/libpq',
  'src/test/regress',
  'src/test/isolation',
  'contrib/spi',
];

/**
 * Unpacks and builds `pg_regress` and `isolationtester` from the Debian source package of exactly
 * the installed server's version, so that expected outputs and server agree. Minutes the first
 * time, at once afterwards.
 *
 * @returns The root of the built source tree.
 */
export async function buildSuites(cacheDirectory: string): Promise<string> {
  const version = await installedServerVersion();
  const directory = join(cacheDirectory, version.replaceAll(/[^\w.+-]/g, '_'));
  const stamp = join(directory, 'built');
  if (!(await exists(stamp))) {
    await mkdir(directory, { recursive: true });
    await requirePackages();
    await unpackSource(directory, `postgresql-15=${version}`);
    await build(await sourceTree(directory));
    await writeFile(stamp, `${version}\n`);
  }
  return sourceTree(directory);
}

async function installedServerVersion(): Promise<string> {
  const query = ['-W', '-f', '$' + '{Version}', 'postgresql-15'];
  const { stdout } = await run('dpkg-query', query).catch((cause: unknown) => {
    const state = 'the Debian package postgresql-15 is not installed';
    throw new Error(`Cannot build the conformance suites: ${state}`, { cause });
  });
  return stdout.trim();
}

async function requirePackages(): Promise<void> {
  const missing: string[] = [];
  for (const name of BUILD_PACKAGES) {
    const found = await run('dpkg-query', ['-W', '-f', '$' + '{db:Status-Status}', name]).then(
      ({ stdout }) => stdout === 'installed',
      () => false,
    );
    if (!found) missing.push(name);
  }
  if (missing.length === 0) return;
  if (process.getuid?.() !== 0) {
    const command = `apt-get install -y ${missing.join(' ')}`;
    throw new Error(`Cannot build the conformance suites: run "${command}" as root first`);
  }
  await run('apt-get', ['install', '-y', '--no-install-recommends', ...missing], {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    maxBuffer: 1 << 26,
  });
}

/**
 * Unpacks Debian's source of a package, named as apt takes it, into a directory. Source entries live in a list of our
 * own: the machine's configuration of apt is left alone.
 */
export async function unpackSource(directory: string, sourcePackage: string): Promise<void> {
  const state = join(directory, 'apt');
  await mkdir(join(state, 'lists', 'partial'), { recursive: true });
  const signedBy = '[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]';
  const suites = [
    ['http://deb.debian.org/debian', 'bookworm'],
    ['http://deb.debian.org/debian', 'bookworm-updates'],
    ['http://deb.debian.org/debian-security', 'bookworm-security'],
  ];
  const lines = suites.map(([url, suite]) => `deb-src ${signedBy} ${url} ${suite} main\n`);
  const sourceList = join(state, 'sources.list');
  await writeFile(sourceList, lines.join(''));
  const options = [
    ['-o', `Dir::Etc::sourcelist=${sourceList}`],
    ['-o', 'Dir::Etc::sourceparts=-'],
    ['-o', `Dir::State::lists=${join(state, 'lists')}`],
    ['-o', 'APT::Sandbox::User=root'],
  ].flat();
  await run('apt-get', [...options, 'update'], { maxBuffer: 1 << 26 });
  await run('apt-get', [...options, 'source', sourcePackage], {
    cwd: directory,
    maxBuffer: 1 << 26,
  });
}

async function sourceTree(directory: string): Promise<string> {
  const entries = await readdir(directory, { withFileTypes: true });
  const tree = entries.find((entry) => entry.isDirectory() && entry.name.startsWith('postgresql-'));
  if (tree === undefined) {
    throw new Error(`Cannot build the conformance suites: no source tree in ${directory}`);
  }
  return join(directory, tree.name);
}

/** At low priority: the build competes with whatever else the machine does. */
async function build(tree: string): Promise<void> {
  const options = { cwd: tree, maxBuffer: 1 << 28 };
  await run('nice', ['./configure', '--with-openssl', '--with-icu'], options);
  await run('nice', ['make', '-s', '-C', 'src/backend', 'generated-headers'], options);
  for (const directory of BUILD_DIRECTORIES) {
    await run('nice', ['make', '-s', '-j2', '-C', directory, 'all'], options);
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

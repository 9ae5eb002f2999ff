import { mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * Where built suites stay between runs. For root it lies outside root's home, because the suites
 * then run as the user `postgres`, who must be able to read it.
 */
export async function makeCacheDirectory(): Promise<string> {
  const root = process.getuid?.() === 0;
  const parent = root ? '/var/tmp' : (process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'));
  const directory = join(parent, 'sallyport-conformance');
  await mkdir(directory, { recursive: true, mode: 0o755 });
  return directory;
}

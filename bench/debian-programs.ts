import { globSync } from 'node:fs';

/** Finds a program of the newest PostgreSQL that Debian has installed. */
export function findPostgresProgram(name: string): string {
  const found = globSync(`/usr/lib/postgresql/*/bin/${name}`);
  const newest = found.toSorted((a, b) => versionOf(b) - versionOf(a))[0];
  if (newest === undefined) throw new Error(`Cannot find ${name}: install the package postgresql`);
  return newest;
}

function versionOf(file: string): number {
  return Number(file.split('/')[4]);
}

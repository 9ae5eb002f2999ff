import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import react from '@vitejs/plugin-react';
import { build } from 'vite';
import { CHECKOUT, listFiles } from './source-file.ts';

/** Holds the SHA-256 of what the console was built from. */
const MARKER = '.built-from';
/** What the console is made of, besides its packages, which the lock file names. */
const SOURCES: readonly string[] = ['console', 'src/api'];

/**
 * Builds the console into `console/dist`, unless what is there was built from the same sources.
 *
 * @returns Whether it had to be built.
 */
export async function buildConsole(checkout: string = CHECKOUT): Promise<boolean> {
  const root = path.join(checkout, 'console');
  const output = path.join(root, 'dist');
  const sources = hashSources(checkout);
  if (readMarker(output) === sources) return false;
  await build({
    root,
    configFile: false,
    logLevel: 'warn',
    plugins: [react()],
    build: {
      outDir: output,
      emptyOutDir: true,
      // Nothing inline: the page's policy allows scripts and styles from files only.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      chunkSizeWarningLimit: 2_000,
    },
  });
  writeFileSync(path.join(output, MARKER), sources);
  return true;
}

function hashSources(checkout: string): string {
  const hash = createHash('sha256').update(readFileSync(path.join(checkout, 'package-lock.json')));
  for (const file of listFiles(SOURCES, checkout)) {
    hash.update(`${file}\0`).update(readFileSync(path.join(checkout, file)));
  }
  return hash.digest('hex');
}

function readMarker(output: string): string | undefined {
  try {
    return readFileSync(path.join(output, MARKER), 'utf8');
  } catch {
    return undefined; // Never built, or not to the end.
  }
}

if (import.meta.main) {
  const startedAt = performance.now();
  const isNew = await buildConsole();
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  console.log(isNew ? `console built in ${seconds} s` : 'the console is up to date');
}

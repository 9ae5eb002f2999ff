import { type Dirent, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** The checkout this file is in. */
export const CHECKOUT: string = path.resolve(import.meta.dirname, '..');

/** Top-level folders that hold our TypeScript. */
export const SOURCE_FOLDERS: readonly string[] = [
  'src',
  'console',
  'tools',
  'test',
  'bench',
  'demo',
];

/** What tools put beside our files. */
const NOT_OURS: readonly string[] = ['node_modules', 'dist'];

/** A file of ours, read whole. */
export interface SourceFile {
  /** Relative to the checkout, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

/** Reads every `.ts` and `.tsx` file below `folders`, sorted by path. Folders that do not exist hold none. */
export function readSourceFiles(
  folders: readonly string[],
  checkout: string = CHECKOUT,
): SourceFile[] {
  return listFiles(folders, checkout)
    .filter((file) => /\.tsx?$/.test(file))
    .map((file) => ({ path: file, text: readFileSync(path.join(checkout, file), 'utf8') }));
}

/** Reads every Markdown document of the checkout, sorted by path. */
export function readDocuments(checkout: string = CHECKOUT): SourceFile[] {
  return listFiles(['.'], checkout)
    .filter((file) => file.endsWith('.md'))
    .map((file) => ({
      path: path.posix.normalize(file),
      text: readFileSync(path.join(checkout, file), 'utf8'),
    }));
}

/** Lists every file below `folders`, sorted, relative to `checkout`. */
export function listFiles(folders: readonly string[], checkout: string = CHECKOUT): string[] {
  const found = folders.flatMap((folder) => listFolder(checkout, folder));
  return found.toSorted();
}

/** Whether the file is a test, or only serves tests: it may use more than the code beside it. */
export function isTestFile(file: string): boolean {
  return file.endsWith('.test.ts') || file.endsWith('.fixture.ts');
}

function listFolder(checkout: string, folder: string): string[] {
  const entries = readFolder(path.join(checkout, folder));
  return entries.flatMap((entry) => {
    const inside = `${folder}/${entry.name}`;
    if (entry.name.startsWith('.') || NOT_OURS.includes(entry.name)) return [];
    return entry.isDirectory() ? listFolder(checkout, inside) : [inside];
  });
}

function readFolder(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

import { globMatches } from './globs-overlap.ts';

/** A pattern of paths, compiled. */
export interface FileGlob {
  matches(path: string): boolean;
  /** Whether a path that matches may lie in this directory, at any depth. Says yes when in doubt. */
  reachesInto(directory: string): boolean;
}

/**
 * Compiles a pattern of absolute paths: `*` stands for any characters of one name, `?` for one, `**` for any characters at
 * all; with a slash on either side it may also stand for nothing.
 */
export function compileGlob(glob: string): FileGlob {
  const wildcardAt = glob.search(/[*?]/);
  const fixed = wildcardAt === -1 ? glob : glob.slice(0, wildcardAt);
  return {
    matches: (path) => path.startsWith(fixed) && globMatches(glob, path),
    reachesInto(directory) {
      const inside = directory.endsWith('/') ? directory : `${directory}/`;
      return fixed.startsWith(inside) || inside.startsWith(fixed);
    },
  };
}

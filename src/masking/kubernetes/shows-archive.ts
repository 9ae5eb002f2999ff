const EXEC = /\/pods\/[^/]+\/exec\/?$/;
/** `tar cf - …`, by itself or in a shell: archives that are written, not taken apart. */
const ARCHIVE =
  /(?:^|[\s/;&|(])(?:(?:bsd)?tar(?:\s+-?[A-Za-z]*c[A-Za-z]*|\b[^|;&]*\s(?:-[A-Za-z]*c[A-Za-z]*|--create))|cpio|pax)(?:\s|$)/;

/** Whether a command in a container writes an archive of files to its output, as that of `kubectl cp` does. */
export function showsArchive(path: string, query: string): boolean {
  if (!EXEC.test(path)) return false;
  return ARCHIVE.test(new URLSearchParams(query).getAll('command').join(' '));
}

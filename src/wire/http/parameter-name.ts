/**
 * A name of a parameter in the one form of all that some server takes for the same: in any case, with brackets in front
 * of it or behind (`mrn[]`, `mrn[$in][]`, `[mrn]`), with dots or blanks where PHP has underscores, with anything behind a NUL.
 * In time that grows with its length.
 */
export function foldParameterName(written: string): string {
  const [name = ''] = written.split('\0', 1);
  const bare = name.toLowerCase().replace(/^[\s[\]]+/u, '');
  const bracket = bare.search(/[[\]]/u);
  return (bracket === -1 ? bare : bare.slice(0, bracket)).trimEnd().replaceAll(/[.\s]/gu, '_');
}

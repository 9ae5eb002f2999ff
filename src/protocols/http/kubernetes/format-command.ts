/** What a shell takes as it stands. */
const PLAIN = /^[A-Za-z0-9_@%+=:,./-]+$/;

/** Writes the arguments of a command as a POSIX shell would have to be given them; "" for none. */
export function formatCommand(words: readonly string[]): string {
  return words.map(quote).join(' ');
}

function quote(word: string): string {
  return PLAIN.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

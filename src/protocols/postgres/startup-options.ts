import { ProtocolError } from '../../wire/protocol-error.ts';

/** Startup parameters that are not settings of the server. */
const NOT_SETTINGS: ReadonlySet<string> = new Set(['user', 'database', 'options', 'replication']);

/**
 * The settings that a client asks for at its start, in the order in which the server applies them:
 * those in `options` first.
 *
 * @throws {ProtocolError} If `options` has anything but `-c name=value` and `--name=value`.
 * @see https://www.postgresql.org/docs/current/app-postgres.html (options)
 */
export function listStartupSettings(
  parameters: ReadonlyMap<string, string>,
): readonly (readonly [name: string, value: string])[] {
  const settings = parseOptions(parameters.get('options') ?? '');
  for (const [name, value] of parameters) {
    if (!NOT_SETTINGS.has(name)) settings.push([name, value]);
  }
  return settings;
}

/** A setting as the statement that would set it, for records. */
export function formatSetting(name: string, value: string): string {
  const written = /^[a-z_][\w.]*$/iu.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
  return `SET ${written} = '${value.replaceAll("'", "''")}'`;
}

function parseOptions(options: string): (readonly [string, string])[] {
  const words = splitOptions(options);
  const settings: (readonly [string, string])[] = [];
  for (let index = 0; index < words.length; index++) {
    const word = words[index] as string;
    let assignment: string | undefined;
    if (word === '-c') {
      index += 1;
      assignment = words[index];
    } else if (word.startsWith('--')) {
      assignment = word.slice(2);
    } else if (word.startsWith('-c')) {
      assignment = word.slice(2);
    }
    const equals = assignment?.indexOf('=') ?? -1;
    if (assignment === undefined || equals < 1) {
      throw new ProtocolError('StartupMessage', 'options may only set settings (-c name=value)');
    }
    const name = assignment.slice(0, equals).replaceAll('-', '_');
    // In a startup message these are no settings: they would choose the user or the database.
    if (NOT_SETTINGS.has(name.toLowerCase()) || name.startsWith('_pq_')) {
      throw new ProtocolError('StartupMessage', 'options name what is not a setting');
    }
    settings.push([name, assignment.slice(equals + 1)]);
  }
  return settings;
}

/** Splits at white space; a backslash keeps the character after it (as the server does). */
function splitOptions(options: string): readonly string[] {
  const words: string[] = [];
  let word: string | undefined;
  for (let index = 0; index < options.length; index++) {
    const character = options[index] as string;
    if (/[ \f\n\r\t\v]/u.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (character === '\\' && index + 1 < options.length) {
      index += 1;
      word = `${word ?? ''}${options[index]}`;
    } else {
      word = `${word ?? ''}${character}`;
    }
  }
  if (word !== undefined) words.push(word);
  return words;
}

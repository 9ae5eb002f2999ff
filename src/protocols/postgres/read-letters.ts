import { readText, textEncodingOf } from '../../masking/rows/text-encoding.ts';

/** In which text is written in a session, and held by its server: as PostgreSQL calls it. */
export type Encodings = Readonly<Record<'client' | 'server', string>>;

/**
 * Text of a session as people read it. What its encoding does not tell is read as Latin-1, so that no two values look alike.
 */
export function readLetters(bytes: Buffer, { client, server }: Encodings): string {
  const read = readText(textEncodingOf(client, server), bytes);
  return read?.toString('utf8') ?? bytes.toString('latin1');
}

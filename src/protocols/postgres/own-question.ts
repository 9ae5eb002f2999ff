import { readText, textEncodingOf } from '../../masking/rows/text-encoding.ts';
import { encodeBind } from '../../wire/postgres/bind.ts';
import { encodeClose } from '../../wire/postgres/close.ts';
import { decodeDataRow } from '../../wire/postgres/data-row.ts';
import { encodeEmptyMessage } from '../../wire/postgres/empty-message.ts';
import { encodeExecute } from '../../wire/postgres/execute.ts';
import { encodeParse } from '../../wire/postgres/parse.ts';
import type { TextRow } from './catalog-reader.ts';

/** No client has a statement or portal of that name. */
const NAME = '_sallyport_question';

/** CloseComplete messages with which the answer to {@link encodeQuestion} ends. */
export const QUESTION_CLOSES = 2;

/** A question of the gateway's own in the middle of a batch: it leaves nothing behind, and ends no transaction. */
export function encodeQuestion(sql: string): Buffer {
  const bind = { parameterFormats: [], parameters: [], resultFormats: [] };
  return Buffer.concat([
    encodeParse(NAME, sql),
    encodeBind({ portalName: NAME, statementName: NAME, ...bind }),
    encodeExecute(NAME),
    encodeClose({ kind: 'portal', name: NAME }),
    encodeClose({ kind: 'statement', name: NAME }),
    encodeEmptyMessage('Flush'),
  ]);
}

/** Reads the body of a row that answers a question in the client's session. What its encoding does not say is read as Latin-1, so that no two values look alike. */
export function readAnswer(
  body: Buffer,
  { client, server }: Readonly<Record<'client' | 'server', string>>,
): TextRow {
  const encoding = textEncodingOf(client, server);
  return decodeDataRow(body).fields.map((field) => {
    if (field === null) return null;
    return readText(encoding, field)?.toString('utf8') ?? field.toString('latin1');
  });
}

import { encodeBind } from '../../wire/postgres/bind.ts';
import { encodeClose } from '../../wire/postgres/close.ts';
import { decodeDataRow } from '../../wire/postgres/data-row.ts';
import { encodeEmptyMessage } from '../../wire/postgres/empty-message.ts';
import { encodeExecute } from '../../wire/postgres/execute.ts';
import { encodeParse } from '../../wire/postgres/parse.ts';
import type { TextRow } from './catalog-reader.ts';
import { type Encodings, readLetters } from './read-letters.ts';

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

/** Reads the body of a row that answers a question in the client's session. */
export function readAnswer(body: Buffer, encodings: Encodings): TextRow {
  return decodeDataRow(body).fields.map((field) => field && readLetters(field, encodings));
}

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { RecordedBytes, RecordedEvent } from '../../recording/recorded-event.ts';
import { encodeBind } from '../../wire/postgres/bind.ts';
import { encodeCommandComplete } from '../../wire/postgres/command-complete.ts';
import { encodeDataRow } from '../../wire/postgres/data-row.ts';
import { encodeEmptyMessage } from '../../wire/postgres/empty-message.ts';
import { encodeExecute } from '../../wire/postgres/execute.ts';
import { encodeParse } from '../../wire/postgres/parse.ts';
import { encodeReadyForQuery } from '../../wire/postgres/ready-for-query.ts';
import { encodeRowDescription } from '../../wire/postgres/row-description.ts';
import { decodePlayback } from './playback.ts';

async function play(pieces: readonly RecordedBytes[]): Promise<readonly RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  for await (const event of decodePlayback(ReadableStream.from(pieces))) events.push(event);
  return events;
}

const SENT = Buffer.concat([
  encodeParse('s', 'SELECT id FROM account WHERE id = $1'),
  encodeBind({
    portalName: '',
    statementName: 's',
    parameterFormats: [],
    parameters: [Buffer.from('7')],
    resultFormats: [1],
  }),
  encodeExecute(''),
  encodeEmptyMessage('Sync'),
]);
const COLUMN = { tableOid: 0, attributeNumber: 0, typeOid: 23, typeSize: 4, typeModifier: -1 };
const SHOWN = Buffer.concat([
  encodeRowDescription([{ ...COLUMN, name: 'id', formatCode: 0 }]),
  encodeDataRow([Buffer.from('00000007', 'hex')]),
  encodeCommandComplete('SELECT 1'),
  encodeReadyForQuery('idle'),
]);

describe('decodePlayback', () => {
  it('shows statements, parameters and binary values, however the bytes were cut', async () => {
    for (let cut = 1; cut < SENT.length; cut++) {
      const events = await play([
        { direction: 'sent', atMs: 1, bytes: SENT.subarray(0, cut) },
        { direction: 'sent', atMs: 1, bytes: SENT.subarray(cut) },
        { direction: 'shown', atMs: 2, bytes: SHOWN.subarray(0, cut % SHOWN.length) },
        { direction: 'shown', atMs: 2, bytes: SHOWN.subarray(cut % SHOWN.length) },
      ]);
      assert.deepEqual(events, [
        {
          kind: 'statement',
          atMs: 1,
          text: 'SELECT id FROM account WHERE id = $1',
          parameters: ['7'],
        },
        { kind: 'columns', atMs: 2, names: ['id'] },
        { kind: 'row', atMs: 2, values: ['7'] },
        { kind: 'done', atMs: 2, tag: 'SELECT 1' },
      ]);
    }
  });

  it('says where bytes stop making sense, and never throws', async () => {
    const piece = fc.record({
      direction: fc.constantFrom('sent' as const, 'shown' as const),
      atMs: fc.nat(),
      bytes: fc
        .tuple(
          fc.constantFrom(...'BCDEFHPQSXdcfTZAKNRW123InsGV'.split('')),
          fc.uint8Array({ maxLength: 40 }),
        )
        .map(([type, body]) => {
          const header = Buffer.from(`${type}\0\0\0\0`);
          header.writeInt32BE(body.length + 4, 1);
          return Buffer.concat([header, body]);
        }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 12 }), async (pieces) => {
        const events = await play(pieces);
        const cutAt = events.findIndex(({ kind }) => kind === 'cut');
        assert.ok(cutAt === -1 || cutAt === events.length - 1);
      }),
      { numRuns: 300 },
    );
  });
});

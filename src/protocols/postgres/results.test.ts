import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { encodeDataRow } from '../../wire/postgres/data-row.ts';
import { Refusals } from './refusal.ts';
import { Results } from './results.ts';
import { SessionNames } from './session-names.ts';
import { SessionSettings } from './session-settings.ts';
import type { StatementAnalyzer } from './statement-analyzer.ts';

describe('Results', () => {
  it('takes no answer without end to a question of the gateway', () => {
    const names = new SessionNames();
    const results = new Results({
      counts: { operations: 0, refused: 0, rows: 0, bytesSent: 0, bytesShown: 0 },
      settings: new SessionSettings('t/d', 's', new Set()),
      names,
      refusals: new Refusals(),
      analyzer: { answersCame() {} } as StatementAnalyzer,
      messageBytesMax: 1024 * 1024,
      isMasking: () => false,
      show: () => assert.fail('the client did not ask'),
    });
    names.query([]);
    results.beginInterlude(() => assert.fail('there is no end'));
    const row = encodeDataRow([Buffer.alloc(512 * 1024)]);
    assert.throws(
      () => {
        for (let count = 0; count < 1_000; count++) void results.push(row, 0, row.length);
      },
      { name: 'ProtocolError', message: /16777216 bytes/ },
    );
  });
});

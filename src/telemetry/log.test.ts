import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { logListening, logUnexpectedError } from './events.ts';
import { openLog } from './log.ts';

function openCapturedLog(level?: 'info' | 'debug'): {
  readonly log: ReturnType<typeof openLog>;
  readonly lines: string[];
} {
  const lines: string[] = [];
  const log = openLog({ ...(level && { level }), write: (line) => lines.push(line) });
  return { log, lines };
}

function parse(lines: readonly string[]): Record<string, string> {
  return JSON.parse(lines[0] ?? '') as Record<string, string>;
}

describe('openLog', () => {
  it('writes one JSON object a line, with the event and its fields', () => {
    const { log, lines } = openCapturedLog();
    logListening(log, { listener: 'postgres', host: '127.0.0.1', port: 5432 });
    assert.equal(lines.length, 1);
    const { time, ...rest } = parse(lines);
    assert.match(time ?? '', /^\d{4}-\d\d-\d\dT/);
    assert.deepEqual(rest, {
      level: 'info',
      event: 'listener.open',
      listener: 'postgres',
      host: '127.0.0.1',
      port: 5432,
    });
  });

  it('leaves out what is below its level', () => {
    const { log, lines } = openCapturedLog('info');
    log.write('debug', 'quiet', {});
    assert.deepEqual(lines, []);
  });

  it('cuts a field that a peer made long', () => {
    const { log, lines } = openCapturedLog();
    log.write('warn', 'long', { reason: 'x'.repeat(5_000) });
    assert.equal(parse(lines)['reason']?.length, 1_001);
  });
});

describe('logUnexpectedError', () => {
  it('names where it happened without the message, which may quote a row', () => {
    const { log, lines } = openCapturedLog();
    const error = Object.assign(new Error('Key (ssn)=(123-45-6789) already exists'), {
      code: '23505',
    });
    logUnexpectedError(log, 'store', error);
    const line = lines.join('');
    assert.ok(!line.includes('123-45-6789'));
    assert.equal(parse(lines)['code'], '23505');
    assert.match(parse(lines)['frames'] ?? '', /log\.test\.ts/);
  });

  it('says what is damaged in a ledger: such a message names files and positions, never content', () => {
    const { log, lines } = openCapturedLog();
    const reason = 'Cannot read ledger/gw.0: entries 0 to 1 are missing or damaged';
    const error = Object.assign(new Error(reason), {
      name: 'LedgerError',
      code: 'ERR_LEDGER_CORRUPT',
    });
    logUnexpectedError(log, 'retention', error);
    assert.equal(parse(lines)['reason'], reason);
  });

  it('survives what is not an error', () => {
    const { log, lines } = openCapturedLog();
    logUnexpectedError(log, 'store', 'a thrown string');
    assert.ok(!lines.join('').includes('a thrown string'));
  });
});

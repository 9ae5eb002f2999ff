import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  decodeConnectorMessage,
  encodeControlMessage,
  type Greeting,
  OFFERED_TARGETS_MAX,
} from './control-message.ts';

const GREETING: Greeting = {
  kind: 'greeting',
  version: '0.8.0',
  process: 'b5c0',
  startedAtMs: 1,
  recordsKey: Buffer.from('key'),
  targets: [{ name: 'ward-db', kinds: ['bytes'] }],
};
const HEALTH = { kind: 'health', streams: 0, memoryBytes: 0, recordsWaiting: 0 } as const;

/** As another program may write it. */
function decode(message: object): ReturnType<typeof decodeConnectorMessage> {
  return decodeConnectorMessage(encodeControlMessage(message as Greeting));
}

function offer(...names: readonly string[]): Greeting {
  return { ...GREETING, targets: names.map((name) => ({ name, kinds: ['bytes'] })) };
}

describe('decodeConnectorMessage', () => {
  it('takes as many targets as there may be', () => {
    const names = Array.from({ length: OFFERED_TARGETS_MAX }, (_, index) => `ward-${index}-läbor`);
    assert.deepEqual(decode(offer(...names)), offer(...names));
    assert.deepEqual(decode({ ...HEALTH, unreachable: names }), { ...HEALTH, unreachable: names });
  });

  it('takes no name that others would stumble over: what PostgreSQL cannot keep, and what commands a terminal', () => {
    for (const bad of ['a\0', '\ud800', 'a\u001b[2J', 'a\nb', '\u0085']) {
      for (const message of [
        { ...GREETING, version: bad },
        { ...GREETING, process: bad },
        offer('ward-db', bad),
        { ...HEALTH, unreachable: ['ward-db', bad] },
      ]) {
        assert.throws(() => decode(message), { code: 'ERR_WIRE_PROTOCOL' }, JSON.stringify(bad));
      }
    }
  });

  it('takes no kind of stream that it could not ask for', () => {
    const targets = [{ name: 'ward-db', kinds: ['bytes', 'shell'] }];
    assert.throws(() => decode({ ...GREETING, targets }), {
      reason: 'has a kind that is not known',
    });
  });

  it('takes no names that are much to keep every second', () => {
    const long = Array.from({ length: 1_000 }, () => 'x'.repeat(256));
    assert.throws(() => decode(offer(...long)), { code: 'ERR_WIRE_PROTOCOL' });
    assert.throws(() => decode({ ...HEALTH, unreachable: long }), { code: 'ERR_WIRE_PROTOCOL' });
  });
});

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { ContentFormatError, type OpenContentMasker } from '../../../masking/content-masker.ts';
import type { EvidenceFields } from '../../../masking/rows/result-evidence.ts';
import { FieldList } from '../../../wire/http/field-list.ts';
import { OpenBody } from '../open-body.fixture.ts';
import { ObservedBody } from './observed-body.ts';

/** Counts the bytes that it understands; `!` is not of its format. */
const openCounter: OpenContentMasker = (write) => {
  let rows = 0;
  return {
    push(bytes) {
      if (bytes.includes('!')) throw new ContentFormatError('letters', 'is none');
      rows += bytes.length;
      write(Buffer.from('something else'));
    },
    end: () => write(Buffer.from('.')),
    describe: () => ({ rows }),
  };
};

function observe(coding: 'gzip' | 'identity' = 'identity') {
  const source = new OpenBody(7);
  const shown: Buffer[] = [];
  const told: (EvidenceFields | string)[] = [];
  const ended = new EventTarget();
  const body = new ObservedBody({
    ...{ source, coding, openObserver: openCounter },
    onOver: (evidence) => void told.push(evidence),
  });
  body.start({
    onData: (bytes) => void shown.push(Buffer.from(bytes)),
    onEnd: (trailers) => {
      told.push(`end ${trailers?.get('a') ?? ''}`);
      ended.dispatchEvent(new Event('end'));
    },
    onError: ({ message }) => void told.push(message),
  });
  const push = (bytes: string | Buffer): void => source.sink?.onData(Buffer.from(bytes));
  return { source, body, told, push, ended, shown: () => Buffer.concat(shown) };
}

describe('ObservedBody', () => {
  it('goes by as it came, with its length and trailers, once the observer has told', () => {
    const { source, body, told, push, shown } = observe();
    push('abc');
    push('defg');
    source.sink?.onEnd(FieldList.of([['a', 'b']]));
    assert.equal(shown().toString(), 'abcdefg');
    assert.equal(body.length, 7);
    assert.deepEqual(told, [{ rows: 7 }, 'end b']);
  });

  it('goes by coded as it came, and ends when the observer has seen what is in it', async () => {
    const { source, told, push, shown, ended } = observe('gzip');
    const coded = gzipSync('letters');
    const over = once(ended, 'end');
    for (const byte of coded) push(Buffer.of(byte));
    source.sink?.onEnd(undefined);
    assert.deepEqual(shown(), coded);
    await over;
    assert.deepEqual(told, [{ rows: 7 }, 'end ']);
  });

  it('goes by to its end where the observer cannot follow: in its format, or its coding', async () => {
    const lost = observe();
    lost.push('ab');
    lost.push('!');
    lost.push('cd');
    lost.source.sink?.onEnd(undefined);
    assert.equal(lost.shown().toString(), 'ab!cd');
    assert.deepEqual(lost.told, [{ rows: 2, unseen: true }, 'end ']);

    const { source, told, push, shown, ended } = observe('gzip');
    const over = once(ended, 'end');
    push('no gzip');
    source.sink?.onEnd(undefined);
    await over;
    assert.equal(shown().toString(), 'no gzip');
    assert.deepEqual(told, [{ rows: 0, unseen: true }, 'end ']);
  });

  it('breaks off where its source does, or where nobody wants more of it', () => {
    const broken = observe();
    broken.push('ab');
    broken.source.sink?.onError(new Error('cut'));
    assert.deepEqual(broken.told, [{ rows: 2, unseen: true }, 'cut']);
    const { source, body, told, push, shown } = observe('gzip');
    push('ab');
    body.destroy();
    assert(source.isDestroyed);
    push('cd');
    source.sink?.onEnd(undefined);
    assert.equal(shown().toString(), 'ab');
    assert.deepEqual(told, [{ rows: 0, unseen: true }]);
  });

  it('comes as fast as its sink takes it', () => {
    const { source, body } = observe();
    body.pause();
    assert(source.isPaused);
    body.resume();
    assert(!source.isPaused);
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ContentFormatError, type ContentMasker } from '../../../masking/content-masker.ts';
import { OpenBody } from '../open-body.fixture.ts';
import { awaitFirstPiece, type FirstPiece } from './first-piece.ts';
import { MaskedBody } from './masked-body.ts';

/** Writes what it is given in capitals; `?` has it ask the store first, `!` is not of its format. */
class Capitals implements ContentMasker {
  readonly #write: (bytes: Buffer) => void;
  #asking: PromiseWithResolvers<void> | undefined;

  constructor(write: (bytes: Buffer) => void) {
    this.#write = write;
  }

  get pending(): Promise<void> | undefined {
    return this.#asking?.promise;
  }

  push(bytes: Buffer): void {
    assert.equal(this.#asking, undefined, 'is given something while it asks');
    const text = bytes.toString();
    if (text === '!') throw new ContentFormatError('capitals', 'is none');
    if (text === '?') this.#asking = Promise.withResolvers();
    this.#write(Buffer.from(text.toUpperCase()));
  }

  answer(): void {
    const asking = this.#asking;
    this.#asking = undefined;
    asking?.resolve();
  }

  fail(): void {
    this.#asking?.reject(new Error('the store is gone'));
  }

  end(): void {
    this.#write(Buffer.from('.'));
  }

  describe(): { rows: number } {
    return { rows: 1 };
  }
}

interface Delivery {
  readonly source: OpenBody;
  readonly body: MaskedBody;
  readonly masker: () => Capitals;
  readonly told: string[];
}

function deliver(): Delivery {
  const source = new OpenBody();
  const told: string[] = [];
  let masker: Capitals | undefined;
  const body = new MaskedBody({
    source,
    open: (write) => {
      masker = new Capitals(write);
      return masker;
    },
    maskTrailers: (trailers) => trailers,
    onOver: (opened) => told.push(`over ${opened.describe().rows}`),
  });
  body.start({
    onData: (bytes) => told.push(bytes.toString()),
    onEnd: () => told.push('end'),
    onError: ({ message }) => told.push(message),
  });
  return { source, body, masker: () => masker ?? assert.fail('no masker'), told };
}

describe('MaskedBody', () => {
  it('delivers what the masker makes of what comes', () => {
    const { source, told } = deliver();
    source.sink?.onData(Buffer.from('ab'));
    source.sink?.onData(Buffer.from('c'));
    source.sink?.onEnd(undefined);
    assert.deepEqual(told, ['AB', 'C', '.', 'over 1', 'end']);
  });

  it('breaks off where the masker cannot go on, and shows nothing more', () => {
    const { source, told } = deliver();
    source.sink?.onData(Buffer.from('!'));
    source.sink?.onData(Buffer.from('raw'));
    source.sink?.onEnd(undefined);
    assert.deepEqual(told, ['over 1', 'Cannot mask capitals: is none']);
    assert.equal(source.isDestroyed, true);
  });

  it('gives the masker nothing while it asks the store, and loses nothing meanwhile', async () => {
    const { source, masker, told } = deliver();
    source.sink?.onData(Buffer.from('?'));
    assert.equal(source.isPaused, true);
    source.sink?.onData(Buffer.from('a'));
    source.sink?.onEnd(undefined);
    assert.deepEqual(told, ['?']);
    masker().answer();
    await new Promise(setImmediate);
    assert.deepEqual(told, ['?', 'A', '.', 'over 1', 'end']);
  });

  it('breaks off where the store cannot be asked', async () => {
    const { source, masker, told } = deliver();
    source.sink?.onData(Buffer.from('?'));
    masker().fail();
    await new Promise(setImmediate);
    assert.deepEqual(told, ['?', 'over 1', 'the store is gone']);
    assert.equal(source.isDestroyed, true);
  });

  it('stays paused for a client that is slow, whatever the store says', async () => {
    const { source, body, masker } = deliver();
    source.sink?.onData(Buffer.from('?'));
    body.pause();
    masker().answer();
    await new Promise(setImmediate);
    assert.equal(source.isPaused, true);
    body.resume();
    assert.equal(source.isPaused, false);
  });
});

describe('awaitFirstPiece', () => {
  it('tells of a body that fails before there is anything of it', () => {
    const source = new OpenBody();
    const told: FirstPiece['kind'][] = [];
    awaitFirstPiece(source, ({ kind }) => told.push(kind));
    source.sink?.onError(new Error('none'));
    assert.deepEqual(told, ['failed']);
  });

  it('delivers all of one that begins, and then its failure', () => {
    const source = new OpenBody();
    const told: string[] = [];
    awaitFirstPiece(source, (first) => {
      assert(first.kind === 'there');
      first.body.start({
        onData: (bytes) => told.push(bytes.toString()),
        onEnd: () => told.push('end'),
        onError: () => told.push('broken'),
      });
    });
    assert.deepEqual(told, []);
    source.sink?.onData(Buffer.from('one'));
    source.sink?.onData(Buffer.from('two'));
    source.sink?.onError(new Error('broken'));
    assert.deepEqual(told, ['one', 'two', 'broken']);
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { OpenBody } from '../open-body.fixture.ts';
import { GatheredBody } from './gathered-body.ts';

function deliver(): {
  source: OpenBody;
  body: GatheredBody;
  told: string[];
  push: (text: string) => void;
} {
  const source = new OpenBody();
  const body = new GatheredBody(source);
  const told: string[] = [];
  body.start({
    onData: (bytes) => told.push(bytes.toString()),
    onEnd: () => told.push('end'),
    onError: ({ message }) => told.push(message),
  });
  const push = (text: string): void => {
    const bytes = Buffer.from(text);
    source.sink?.onData(bytes);
    bytes.fill(0);
  };
  return { source, body, told, push };
}

describe('GatheredBody', () => {
  it('delivers a piece as it comes, and all that come at once with it as one', async () => {
    const { source, told, push } = deliver();
    for (const text of 'abcdef') push(text);
    assert.deepEqual(told, ['a']);
    await new Promise(setImmediate);
    assert.deepEqual(told, ['a', 'bcdef']);
    for (const text of 'gh') push(text);
    source.sink?.onEnd(undefined);
    await new Promise(setImmediate);
    assert.deepEqual(told, ['a', 'bcdef', 'g', 'h', 'end']);
  });

  it('delivers what came before it broke', () => {
    const { source, told, push } = deliver();
    for (const text of 'abc') push(text);
    source.sink?.onError(new Error('cut'));
    assert.deepEqual(told, ['a', 'bc', 'cut']);
  });

  it('delivers nothing once nobody wants it', async () => {
    const { source, body, told, push } = deliver();
    for (const text of 'abc') push(text);
    body.destroy();
    push('d');
    source.sink?.onEnd(undefined);
    await new Promise(setImmediate);
    assert.deepEqual(told, ['a']);
    assert.equal(source.isDestroyed, true);
  });
});

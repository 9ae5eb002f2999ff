import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Duplex } from 'node:stream';
import { test } from 'node:test';
import { joinStreams } from './join-streams.ts';

/** A stream of a tunnel to whose other end nothing has to be written. */
function openStream(): Duplex {
  return new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => done() });
}

/** A target that takes what is written once it is told to. */
function openSlowTarget() {
  const written = Promise.withResolvers<() => void>();
  const target = new Duplex({
    read: () => undefined,
    write: (_chunk, _encoding, done) => written.resolve(done),
  });
  target.on('error', () => undefined);
  return { target, written: written.promise };
}

test('a target gets all that was written, though the stream is closed before it takes that', async () => {
  const stream = openStream();
  const { target, written } = openSlowTarget();
  joinStreams(stream, target);
  target.push(null);
  await once(stream, 'finish');
  stream.push('last words');
  stream.push(null);
  await once(stream, 'close');
  assert.equal(target.destroyed, false);
  (await written)();
  await once(target, 'close');
  assert.equal(target.writableFinished, true);
});

test('a target is left at once where the stream is broken off', async () => {
  const stream = openStream();
  const { target, written } = openSlowTarget();
  joinStreams(stream, target);
  stream.push('words');
  await written;
  stream.destroy();
  await once(target, 'close');
  assert.equal(target.writableFinished, false);
});

test('a target that goes on is left at once where the stream is broken off after its own end', async () => {
  const stream = openStream();
  const { target } = openSlowTarget();
  joinStreams(stream, target);
  stream.push(null);
  await once(stream, 'end');
  // As Node does with a stream that is reset.
  stream.end();
  await Promise.all([once(stream, 'close'), once(target, 'close')]);
});

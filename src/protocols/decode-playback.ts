import type { RecordedBytes, RecordedEvent } from '../recording/recorded-event.ts';
import { decodePlayback as decodePostgres } from './postgres/playback.ts';
import { decodePlayback as decodeSsh } from './ssh/playback.ts';

/** Turns the recorded bytes of a session into what happened in it, in whichever protocol that was. */
export async function* decodePlayback(
  recording: AsyncIterable<RecordedBytes>,
): AsyncGenerator<RecordedEvent, void> {
  const chunks = recording[Symbol.asyncIterator]();
  const first = await chunks.next();
  if (first.done === true) return;
  const whole = continueAfter(first.value, chunks);
  yield* beginsWithFrame(first.value.bytes) ? decodeSsh(whole) : decodePostgres(whole);
}

/**
 * Whether bytes are frames of an SSH recording. Those have a kind behind their length, which is never 0; there a message of
 * PostgreSQL has the highest byte of its own length, which is 0 in all that can come first.
 */
function beginsWithFrame(bytes: Buffer): boolean {
  const kindAt = bytes.findIndex((byte) => byte < 0x80) + 1;
  return (bytes[kindAt] ?? 0) !== 0;
}

async function* continueAfter(
  first: RecordedBytes,
  rest: AsyncIterator<RecordedBytes>,
): AsyncGenerator<RecordedBytes, void> {
  yield first;
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
}

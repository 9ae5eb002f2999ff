import type { RecordedBytes, RecordedEvent } from '../recording/recorded-event.ts';
import { ProtocolError } from '../wire/protocol-error.ts';

/** Turns recorded bytes of one protocol into what happened, piece by piece. */
export interface PlaybackDecoder {
  /** @throws {ProtocolError} If the bytes make no sense. */
  push(direction: 'sent' | 'shown', atMs: number, bytes: Buffer): readonly RecordedEvent[];
}

/** Decodes a recording up to bytes that make no sense. */
export async function* decodeUntilCut(
  recording: AsyncIterable<RecordedBytes>,
  decoder: PlaybackDecoder,
): AsyncGenerator<RecordedEvent, void> {
  for await (const { direction, atMs, bytes } of recording) {
    try {
      yield* decoder.push(direction, atMs, bytes);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      yield { kind: 'cut', atMs };
      return;
    }
  }
}

import { decodePlayback } from '../protocols/decode-playback.ts';
import type { AgeDecryption } from '../recording/age-file.ts';
import { readRawTrack } from '../recording/raw-track.ts';
import type { RecordedEvent } from '../recording/recorded-event.ts';

/** What a raw track shows, with a key of one of its recipients. @throws {AgeFileError} As `readRawTrack`. */
export function unsealTrack(
  source: AsyncIterable<Uint8Array>,
  decryption: AgeDecryption,
): AsyncIterable<RecordedEvent> {
  return decodePlayback(readRawTrack(source, decryption));
}

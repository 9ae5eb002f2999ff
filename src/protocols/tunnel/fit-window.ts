import type { Http2Session } from 'node:http2';
import { STREAM_WINDOW_BYTES } from './tunnel-settings.ts';

/** Bytes of one stream of a tunnel whose other end is far away. */
const FAR_WINDOW_BYTES: number = 1024 * 1024;
/** Bytes in a millisecond that a stream may be as fast as: 100 MB/s. */
const BYTES_PER_MS = 100_000;
/** How many PINGs are looked at: the shortest of them had nothing to wait for. */
const PINGS = 3;

/**
 * Widens the windows of a tunnel's streams to what is on its way on a long link at 100 MB/s. Not more than that: what of a
 * large result is on its way stands in front of everybody's next answer.
 *
 * @returns Takes the milliseconds of each PING.
 */
export function fitWindow(session: Pick<Http2Session, 'settings'>): (pingMs: number) => void {
  let count = 0;
  let shortestMs = Infinity;
  return (pingMs) => {
    count += 1;
    shortestMs = Math.min(shortestMs, pingMs);
    if (count !== PINGS) return;
    const bytes = Math.min(FAR_WINDOW_BYTES, Math.ceil(shortestMs * BYTES_PER_MS));
    if (bytes > STREAM_WINDOW_BYTES) session.settings({ initialWindowSize: bytes });
  };
}

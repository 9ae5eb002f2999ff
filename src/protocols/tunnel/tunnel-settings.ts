import type { Http2Session, Settings } from 'node:http2';

/** Bytes of one stream that may be on their way, and wait here while nobody reads them. See `fitWindow`. */
export const STREAM_WINDOW_BYTES: number = 256 * 1024;
/** The same for all streams of a tunnel. What a slow stream holds does not count: Node takes it from here at once. */
const TUNNEL_WINDOW_BYTES: number = 16 * 1024 * 1024;
/** Bytes of all fields of a head: a request with its name, twice. */
const HEAD_BYTES_MAX: number = 64 * 1024;

/** What both ends of a tunnel tell each other when it begins. */
export const TUNNEL_SETTINGS: Settings = {
  initialWindowSize: STREAM_WINDOW_BYTES,
  maxHeaderListSize: HEAD_BYTES_MAX,
  enablePush: false,
};

/** Limits of a session of HTTP/2 that Node enforces by itself. */
export const TUNNEL_LIMITS = {
  maxHeaderListPairs: 16,
  // MiB; at the default of 10, a few slow streams would have new ones refused.
  maxSessionMemory: 1_024,
  maxSessionInvalidFrames: 10,
  maxSessionRejectedStreams: 100,
} as const;

/** Lets as much come as is worth while on a fast link: the default is 64 KiB. */
export function widenWindow(session: Http2Session): void {
  session.setLocalWindowSize(TUNNEL_WINDOW_BYTES);
}

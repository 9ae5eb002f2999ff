import { constants, type Http2Stream } from 'node:http2';

const { NGHTTP2_CONNECT_ERROR, NGHTTP2_NO_ERROR } = constants;

/**
 * Has both ends of a stream tell a break from an end. Left alone, Node resets a stream that is destroyed without a word
 * of error: the other end then takes what was cut for whole, and stays open while what it has written, or not read, is
 * waited for. With this, a stream that is broken off at the other end, or whose tunnel is, ends with an error at once.
 */
export function tellBreaks(stream: Http2Stream): void {
  const destroy = stream._destroy.bind(stream);
  stream._destroy = (error, done) => {
    if (stream.closed) {
      const isBroken = stream.rstCode !== NGHTTP2_NO_ERROR;
      destroy(error ?? (isBroken ? new Error('The stream was broken off') : null), done);
      return;
    }
    // By our own side: the other is told (RFC 9113 section 8.5), and nobody here who does not know.
    stream.close(NGHTTP2_CONNECT_ERROR);
    destroy(error, () => done(error));
  };
}

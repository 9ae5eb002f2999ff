import type { FieldList } from '../../../wire/http/field-list.ts';
import type { BodySource } from '../exchange.ts';

/** A body as it is, with other trailers than came. */
export function withTrailers(
  body: BodySource,
  mask: (trailers: FieldList) => FieldList,
): BodySource {
  return {
    length: body.length,
    start: (sink) =>
      body.start({
        onData: (bytes) => sink.onData(bytes),
        onEnd: (trailers) => sink.onEnd(trailers && mask(trailers)),
        onError: (error) => sink.onError(error),
      }),
    pause: () => body.pause(),
    resume: () => body.resume(),
    destroy: () => body.destroy(),
  };
}

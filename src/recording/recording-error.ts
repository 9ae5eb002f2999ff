/** A recording that cannot be read: not one, damaged, or without its key. The message never holds content. */
export class RecordingError extends Error {
  override readonly name = 'RecordingError';
  readonly code: 'ERR_RECORDING_DAMAGED' | 'ERR_RECORDING_EXPIRED';
  readonly path: string;

  constructor(
    path: string,
    reason: string,
    code: RecordingError['code'] = 'ERR_RECORDING_DAMAGED',
  ) {
    super(`Cannot read recording ${path}: ${reason}`);
    this.code = code;
    this.path = path;
  }
}

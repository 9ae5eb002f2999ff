/** A recording that cannot be read: not one, or damaged. The message never holds content. */
export class RecordingError extends Error {
  override readonly name = 'RecordingError';
  readonly code = 'ERR_RECORDING_DAMAGED';
  readonly path: string;

  constructor(path: string, reason: string, options?: ErrorOptions) {
    super(`Cannot read recording ${path}: ${reason}`, options);
    this.path = path;
  }
}

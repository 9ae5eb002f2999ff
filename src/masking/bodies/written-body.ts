import { type JsonReading, readPlainJson } from '../detectors/read-plain-json.ts';

/** A body that is written: it is looked at in several ways, and read once. */
export class WrittenBody {
  readonly bytes: Buffer;
  #json: JsonReading | undefined;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  /** As a document of JSON. */
  get json(): JsonReading {
    return (this.#json ??= readPlainJson(this.bytes));
  }
}

import { ByteWriter } from '../../wire/byte-writer.ts';
import { ContentFormatError, type ContentMasker } from '../content-masker.ts';
import type { EvidenceFields } from '../rows/result-evidence.ts';
import { ValueSplitter } from './value-splitter.ts';

/** Of one object or list: it is looked at as a whole. */
const DOCUMENT_BYTES_MAX: number = 64 * 1024 * 1024;

export interface DocumentsMaskerParts {
  /** Undefined if it is not JSON. */
  readonly mask: (document: Buffer) => Buffer | undefined;
  readonly write: (bytes: Buffer) => void;
  readonly describe: () => EvidenceFields;
}

/** Masks documents that follow each other, each as soon as it is whole: a response has one, a watch one for each event. */
export class DocumentsMasker implements ContentMasker {
  readonly #parts: DocumentsMaskerParts;
  readonly #splitter = new ValueSplitter();
  #kept = new ByteWriter();

  constructor(parts: DocumentsMaskerParts) {
    this.#parts = parts;
  }

  push(bytes: Buffer): void {
    let start = 0;
    for (;;) {
      const end = this.#splitter.findEnd(bytes, start);
      if (end === -1) break;
      this.#kept.bytes(bytes.subarray(start, end));
      this.#flush();
      start = end;
    }
    this.#kept.bytes(bytes.subarray(start));
    if (this.#kept.length > DOCUMENT_BYTES_MAX) {
      throw new ContentFormatError('Kubernetes', `object of more than ${DOCUMENT_BYTES_MAX} bytes`);
    }
  }

  end(): void {
    const rest = this.#kept.toBuffer();
    if (rest.toString('latin1').trim() !== '') {
      throw new ContentFormatError('Kubernetes', 'ends inside an object');
    }
    if (rest.length > 0) this.#parts.write(rest);
  }

  describe(): EvidenceFields {
    return this.#parts.describe();
  }

  #flush(): void {
    const document = this.#kept.toBuffer();
    this.#kept = new ByteWriter();
    const masked = this.#parts.mask(document);
    if (masked === undefined) throw new ContentFormatError('Kubernetes', 'is not JSON');
    this.#parts.write(masked);
  }
}

import type { HeldRights } from '../held-rights.ts';
import type { MaskedFile } from './masked-file.ts';
import type { OpenedFile } from './opened-file.ts';

/** Open at once in one channel. */
export const HANDLES_MAX = 1024;
/** Masked files among them: each keeps what may be read again. */
export const MASKED_MAX = 8;
const HANDLE_BYTES = 4;

/** What a client's handle stands for. */
export type OpenHandle =
  | { readonly kind: 'file'; readonly file: OpenedFile; readonly masked: MaskedFile | undefined }
  | { readonly kind: 'directory'; readonly rights: HeldRights; readonly handle: Buffer };

/** The handles that a client was given: numbers of our own, of which none is given twice. */
export class OpenHandles {
  readonly #open = new Map<number, OpenHandle>();
  #last = 0;

  get size(): number {
    return this.#open.size;
  }

  get maskedCount(): number {
    let count = 0;
    for (const open of this.#open.values()) {
      if (open.kind === 'file' && open.masked !== undefined) count += 1;
    }
    return count;
  }

  add(handle: OpenHandle): Buffer {
    this.#last += 1;
    this.#open.set(this.#last, handle);
    const name = Buffer.alloc(HANDLE_BYTES);
    name.writeUInt32BE(this.#last);
    return name;
  }

  find(name: Buffer): OpenHandle | undefined {
    return name.length === HANDLE_BYTES ? this.#open.get(name.readUInt32BE(0)) : undefined;
  }

  remove(name: Buffer): void {
    this.#open.delete(name.readUInt32BE(0));
  }

  values(): Iterable<OpenHandle> {
    return this.#open.values();
  }
}

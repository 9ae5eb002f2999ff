import assert from 'node:assert/strict';
import type { CopyOut } from '../../masking/rows/copy-masker.ts';
import type { FieldMask } from '../../masking/rows/field-mask.ts';
import { maskDataRow } from '../../masking/rows/mask-data-row.ts';
import { TokenCopy } from '../../masking/rows/token-copy.ts';
import { TokenLookups } from '../../masking/vault/token-lookups.ts';
import type { TokenVault } from '../../masking/vault/token-vault.ts';
import { BackendType, MESSAGE_HEADER_BYTES } from '../../wire/postgres/message-framing.ts';

/** Bytes of a message that its length does not count. */
const TYPE_BYTES = 1;

/** Does to a message all that comes before the tokens. What it returns is read at once, or copied. */
type MaskMessage = (message: Buffer) => Buffer;

/** Where a message lies in what was read. */
interface Place {
  readonly buffer: Buffer;
  readonly start: number;
}

/**
 * Puts vault tokens into the rows of a result. A row whose tokens are not in memory waits, and what was
 * read behind it with it, until the store has them all.
 */
export class ResultTokens {
  #vault: TokenVault | undefined;
  #lookups: TokenLookups | undefined;
  #masks: readonly (FieldMask | undefined)[] | undefined;
  #copy: TokenCopy | undefined;
  /** Messages that will come once more: masked already, and their tokens were looked up. */
  #ahead: Buffer[] = [];
  #next = 0;
  /** The message that waits. */
  #waiting: Place | undefined;

  /** What tokens are looked up with; undefined: there are none to be had. */
  open(vault: TokenVault | undefined): TokenLookups | undefined {
    if (vault !== this.#vault) {
      this.#vault = vault;
      this.#lookups = vault && new TokenLookups(vault, 'tokens');
    }
    return this.#lookups;
  }

  /** A result begins. @param masks Undefined: there is nothing in it to be replaced. */
  beginRows(masks: readonly (FieldMask | undefined)[] | undefined): void {
    this.#masks = masks;
  }

  /** A COPY begins. @param masks As for {@link beginRows}. */
  beginCopy(copy: CopyOut, masks: readonly (FieldMask | undefined)[] | undefined): void {
    this.#copy = masks && new TokenCopy(copy, masks);
  }

  get isLooking(): boolean {
    return this.#masks !== undefined || this.#copy !== undefined;
  }

  /** Tokens have to be loaded before the message that came last can be shown. */
  get isWaiting(): boolean {
    return this.#waiting !== undefined;
  }

  end(): void {
    this.#masks = undefined;
    this.#copy = undefined;
  }

  /** A whole DataRow message with its tokens. */
  row(buffer: Buffer, start: number, end: number, mask: MaskMessage): 'later' | Buffer {
    const known = this.#takeAhead();
    const masked = known ?? mask(buffer.subarray(start, end));
    const shown = this.#withTokens(masked);
    if (this.#lookups?.isWanting !== true) return shown;
    this.#wait({ buffer, start }, masked);
    return 'later';
  }

  /** A whole CopyData message with its tokens. */
  copy(buffer: Buffer, start: number, end: number, mask: MaskMessage): 'later' | Buffer {
    let masked = this.#takeAhead();
    if (masked === undefined) {
      masked = mask(buffer.subarray(start, end));
      if (masked.length > 0) this.#copy?.look(masked);
      if (this.#lookups?.isWanting === true) {
        this.#wait({ buffer, start }, masked);
        return 'later';
      }
    }
    if (masked.length === 0) return masked;
    const shown = this.#copy?.data(masked) ?? masked;
    assert(this.#lookups?.isWanting !== true, 'all that was looked up is there');
    return shown;
  }

  copyDone(): void {
    this.#copy?.done();
  }

  /**
   * Loads what the waiting message needs, and those read behind it, `buffer[start, end)`.
   *
   * @throws If the store cannot be asked.
   */
  async load(buffer: Buffer, start: number, end: number, mask: MaskMessage): Promise<void> {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    const type = this.#copy === undefined ? BackendType.DataRow : BackendType.CopyData;
    for (let offset = start; end - offset >= MESSAGE_HEADER_BYTES; ) {
      const messageEnd = offset + TYPE_BYTES + buffer.readInt32BE(offset + TYPE_BYTES);
      if (buffer[offset] !== type || messageEnd > end || messageEnd < offset) break;
      const isAhead = waiting?.buffer === buffer && waiting.start === offset;
      if (!isAhead) this.#lookAhead(mask(buffer.subarray(offset, messageEnd)));
      offset = messageEnd;
    }
    await this.#lookups?.load();
  }

  #lookAhead(masked: Buffer): void {
    // What was masked may lie in the buffer of the read.
    const own = Buffer.from(masked);
    this.#ahead.push(own);
    if (this.#copy === undefined) this.#withTokens(own);
    else if (own.length > 0) this.#copy.look(own);
  }

  #withTokens(message: Buffer): Buffer {
    const masks = this.#masks;
    if (masks === undefined) return message;
    return maskDataRow({ masks }, message, 0, message.length) ?? message;
  }

  #wait(place: Place, masked: Buffer): void {
    this.#waiting = place;
    this.#ahead = [Buffer.from(masked), ...this.#ahead.slice(this.#next)];
    this.#next = 0;
  }

  #takeAhead(): Buffer | undefined {
    const taken = this.#ahead[this.#next];
    if (taken === undefined) {
      this.#lookups?.settle();
      return undefined;
    }
    this.#next += 1;
    if (this.#next === this.#ahead.length) {
      this.#ahead = [];
      this.#next = 0;
    }
    return taken;
  }
}

import { ProtocolError } from '../../../wire/protocol-error.ts';
import { Allowance } from './allowance.ts';

/** Messages that mean nothing, before the user is known: nobody needs one. */
const IDLE_MESSAGES_MAX_AT_FIRST = 32;
/** Afterwards. OpenSSH hides the rhythm of keystrokes in 50 PINGs a second. */
const IDLE_MESSAGES_MAX = 4096;
const IDLE_MESSAGES_PER_SECOND = 1024;
/** Key exchanges by the peer with hardly anything in between. One costs us half a millisecond. */
const HASTY_REKEYS_MAX = 512;
const HASTY_REKEYS_PER_SECOND = 4;
const HASTY_REKEY_BYTES: number = 16 * 1024;
/** Of a first EXT_INFO and one more before the end of authentication (RFC 8308 section 2.4). */
const EXT_INFOS_MAX = 2;

/** How much of what is cheap for a peer and not for us it may send. Every method throws when it is too much. */
export class PeerAllowances {
  #idle: Allowance = new Allowance(IDLE_MESSAGES_MAX_AT_FIRST, 0, 0);
  /** Undefined before the user is known. */
  #rekeys: Allowance | undefined;
  #extInfos = 0;

  get isAuthenticated(): boolean {
    return this.#rekeys !== undefined;
  }

  setAuthenticated(nowMs: number): void {
    this.#idle = new Allowance(IDLE_MESSAGES_MAX, IDLE_MESSAGES_PER_SECOND, nowMs);
    this.#rekeys = new Allowance(HASTY_REKEYS_MAX, HASTY_REKEYS_PER_SECOND, nowMs);
  }

  /** One more message that means nothing, or only asks for an answer. */
  takeIdle(nowMs: number): void {
    if (this.#idle.take(nowMs)) return;
    throw new ProtocolError('connection', 'too many messages that mean nothing');
  }

  /**
   * One more key exchange that the peer begins.
   *
   * @param bytes That went both ways since the last one.
   */
  takeRekey(bytes: number, nowMs: number): void {
    if (this.#rekeys === undefined) throw new ProtocolError('KEXINIT', 'before the user is known');
    if (bytes >= HASTY_REKEY_BYTES || this.#rekeys.take(nowMs)) return;
    throw new ProtocolError('KEXINIT', 'sent again and again');
  }

  takeExtInfo(): void {
    this.#extInfos += 1;
    if (this.#extInfos > EXT_INFOS_MAX) throw new ProtocolError('EXT_INFO', 'sent again and again');
  }
}

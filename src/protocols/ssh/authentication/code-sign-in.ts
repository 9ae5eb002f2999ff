import type { AuthenticationResult } from '../../../identity/authenticator.ts';
import type { DeviceSignInBegun } from '../../../identity/device-sign-in.ts';
import { ProtocolError } from '../../../wire/protocol-error.ts';
import { encodeUserauthInfoRequest } from '../../../wire/ssh/userauth-info-request.ts';
import { decodeUserauthInfoResponse } from '../../../wire/ssh/userauth-info-response.ts';
import { decodeUserauthKeyboardInteractive } from '../../../wire/ssh/userauth-keyboard-interactive.ts';
import type { SignInParts } from './sign-in.ts';

const NAME = 'Sallyport';
const REFUSED: AuthenticationResult = { kind: 'rejected', reason: 'malformed' };

/**
 * Signs in by questions: with a code that a person enters in a browser, or with a token as the answer.
 *
 * @see https://www.rfc-editor.org/rfc/rfc4256
 */
export class CodeSignIn {
  readonly #parts: SignInParts;
  /** Begun once for each connection, with the first question. */
  #begun: DeviceSignInBegun | undefined;
  #hasBegun = false;
  #isAsking = false;

  constructor(parts: SignInParts) {
    this.#parts = parts;
  }

  /** Asks the client's question. */
  async ask(methodData: Buffer): Promise<void> {
    decodeUserauthKeyboardInteractive(methodData);
    const begun = await this.#begin();
    this.#isAsking = true;
    const question =
      begun === undefined
        ? { instruction: '', prompt: 'Sallyport token: ' }
        : { instruction: phraseCode(begun), prompt: 'Then press Enter, or give a token: ' };
    this.#parts.port.send(
      encodeUserauthInfoRequest({
        name: NAME,
        instruction: question.instruction,
        prompts: [{ text: question.prompt, echo: false }],
      }),
    );
  }

  /** Another request came instead of an answer. */
  forget(): void {
    this.#isAsking = false;
  }

  /** Takes the answer: a token, or nothing once the code was entered. */
  async answer(payload: Buffer): Promise<AuthenticationResult> {
    const [answer, ...others] = decodeUserauthInfoResponse(payload);
    if (!this.#isAsking) throw new ProtocolError('USERAUTH_INFO_RESPONSE', 'answers no question');
    this.#isAsking = false;
    if (answer === undefined || others.length > 0) return REFUSED;
    const { door, inbox } = this.#parts;
    if (answer.trim() !== '') return door.authenticate(answer.trim(), inbox.closed);
    return this.#begun === undefined ? REFUSED : this.#begun.outcome;
  }

  async #begin(): Promise<DeviceSignInBegun | undefined> {
    if (this.#hasBegun) return this.#begun;
    this.#hasBegun = true;
    const { door, inbox, waitUntil } = this.#parts;
    const begun = await door.beginDeviceSignIn(inbox.closed);
    if (begun.kind === 'unavailable') return undefined;
    waitUntil(begun.expiresAtMs);
    // Nobody may ever ask for it.
    begun.outcome.catch(() => undefined);
    this.#begun = begun;
    return begun;
  }
}

function phraseCode({ url, userCode, completeUrl }: DeviceSignInBegun): string {
  const shortcut = completeUrl === undefined ? '' : `\nor open  ${clean(completeUrl)}`;
  return `To sign in, open  ${clean(url)}\nand enter the code  ${clean(userCode)}${shortcut}`;
}

/** What a provider says ends up in terminals. */
function clean(text: string): string {
  return text.replaceAll(/\p{C}/gu, '');
}

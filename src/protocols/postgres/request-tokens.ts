import type { KeyedParameter } from '../../masking/postgres/keyed-uses.ts';
import { maskBinaryArray } from '../../masking/rows/binary-array.ts';
import type { FieldMask } from '../../masking/rows/field-mask.ts';
import { maskTextArray } from '../../masking/rows/text-array.ts';
import { readTokenBytes, writeTokenBytes } from '../../masking/rows/token-bytes.ts';
import type { TokenLookups } from '../../masking/vault/token-lookups.ts';
import { NO_TOKEN, readToken } from '../../masking/vault/token-text.ts';
import { decodeBind, encodeBind } from '../../wire/postgres/bind.ts';
import { ProtocolError } from '../../wire/protocol-error.ts';
import type { Candidates } from './prepared.ts';
import type { SessionMasks } from './session-masks.ts';
import type { StatementAnalyzer } from './statement-analyzer.ts';

/** What became of the tokens in a message. */
export type TokensTaken =
  | {
      readonly kind: 'ready';
      /** The Bind to send in place of the client's. */
      readonly instead: Buffer | undefined;
      /** Parameters, or elements of them, that are compared with pseudonyms or tokens without a prefix. */
      readonly lookups: number;
    }
  /** Tokens have to be brought from the store, which cannot be asked. */
  | { readonly kind: 'failed' }
  | 'later';

const READY: TokensTaken = { kind: 'ready', instead: undefined, lookups: 0 };
const FAILED: TokensTaken = { kind: 'failed' };

export interface RequestTokensParts {
  readonly masks: SessionMasks | undefined;
  readonly analyzer: Pick<StatementAnalyzer, 'waitFor'>;
}

/** Sees to it that the vault tokens in the client's messages are known before these are looked at. */
export class RequestTokens {
  readonly #parts: RequestTokensParts;
  #hasFailed = false;

  constructor(parts: RequestTokensParts) {
    this.#parts = parts;
  }

  /** Those in a statement's text, which the first net resolves. */
  inText(text: string, parameterTypes = ''): TokensTaken {
    const { masks } = this.#parts;
    const lookups = masks?.tokens;
    if (masks === undefined || lookups === undefined) return READY;
    masks.rewrite(text, parameterTypes);
    return this.#settle(lookups, READY);
  }

  /**
   * Those among the parameters of a Bind, `buffer[body, end)`.
   *
   * @throws {ProtocolError} If a parameter cannot be read that may be a token.
   */
  inBind(buffer: Buffer, body: number, end: number, bound: Candidates): TokensTaken {
    const { masks } = this.#parts;
    if (masks?.plan === undefined || bound === 'unknown') return READY;
    const [parameters, ...others] = bound.map(
      ({ masking }) => masking?.statement.lookups?.parameters ?? NO_PARAMETERS,
    );
    if (parameters === undefined) return READY;
    if (others.some(({ size }) => size > 0)) return FAILED;
    if (parameters.size === 0) return READY;
    const bind = decodeBind(buffer.subarray(body, end));
    const lookups = masks.tokens;
    const resolving = new ParameterTokens(lookups);
    const resolved = bind.parameters.map((value, index) => {
      const parameter = parameters.get(index + 1);
      if (value === null || parameter === undefined) return value;
      const { parameterFormats } = bind;
      const format = parameterFormats.length === 1 ? parameterFormats[0] : parameterFormats[index];
      return resolving.resolve(value, parameter, format === 1);
    });
    const isChanged = resolved.some((value, index) => value !== bind.parameters[index]);
    const ready: TokensTaken = {
      kind: 'ready',
      instead: isChanged ? encodeBind({ ...bind, parameters: resolved }) : undefined,
      lookups: resolving.lookups,
    };
    return lookups === undefined ? ready : this.#settle(lookups, ready);
  }

  #settle(lookups: TokenLookups, ready: TokensTaken): TokensTaken {
    if (this.#hasFailed) {
      this.#hasFailed = false;
      lookups.forget();
      return FAILED;
    }
    if (!lookups.isWanting) {
      lookups.settle();
      return ready;
    }
    const fail = (): void => {
      this.#hasFailed = true;
    };
    return this.#parts.analyzer.waitFor(lookups.load().catch(fail));
  }
}

const NO_PARAMETERS: ReadonlyMap<number, KeyedParameter> = new Map();

/** Puts what tokens stand for into the parameters of one Bind. */
class ParameterTokens {
  readonly #tokens: TokenLookups | undefined;
  lookups = 0;

  constructor(tokens: TokenLookups | undefined) {
    this.#tokens = tokens;
  }

  resolve(value: Buffer, parameter: KeyedParameter, isBinary: boolean): Buffer {
    const field = this.#fieldOf(parameter, isBinary);
    const { length } = value;
    const resolved = !parameter.isArray
      ? field(value, 0, length)
      : isBinary
        ? maskBinaryArray(value, 0, length, () => field)
        : maskTextArray(value, 0, length, field);
    if (resolved === null) {
      throw new ProtocolError('Bind', 'a parameter is of a form in which it cannot name a token');
    }
    return resolved ?? value;
  }

  #fieldOf({ keyed }: KeyedParameter, isBinary: boolean): FieldMask {
    const { id, form, purpose } = keyed;
    return (bytes, start, end) => {
      if (form.kind !== 'prefixed') this.lookups += 1;
      if (purpose !== 'vault') return undefined;
      const value = bytes.subarray(start, end);
      const written = readTokenBytes(value, form, isBinary);
      if (written === undefined) return null;
      const text = readToken(written, form);
      const found = text === undefined ? undefined : this.#tokens?.find({ id, form, text });
      return writeTokenBytes(
        found ?? NO_TOKEN[form.kind],
        form,
        isBinary ? value.length : undefined,
      );
    };
  }
}

import { z } from 'zod';
import { type Address, address, duration, section } from './fields.ts';

/** How the ledger is written, and who vouches for it. */
export interface AuditSettings {
  /** Milliseconds until an entry of a `written` target is on stable storage at the latest. */
  readonly flushIntervalMs: number;
  /** Milliseconds between signed checkpoints while entries come. */
  readonly checkpointIntervalMs: number;
  /** Who cosigns this gateway's checkpoints. */
  readonly witnesses: WitnessSettings;
  /** Where this gateway cosigns those of others. Undefined: it does not. */
  readonly witness: OwnWitnessSettings | undefined;
}

export interface WitnessSettings {
  /** So many of them must have cosigned lately. 0 if there are none. */
  readonly required: number;
  readonly of: readonly {
    /** `name+id+key`, as the witness prints it. */
    readonly key: string;
    /** Where its `add-checkpoint` is, without that. */
    readonly url: string;
  }[];
  /** Milliseconds after which "lately" is over. */
  readonly staleAfterMs: number;
  /** Targets that no session begins on while too few have cosigned lately; `*`: all. */
  readonly strictFor: readonly string[];
}

export interface OwnWitnessSettings {
  readonly listen: Address;
  /** Verifier keys of the logs that it cosigns. */
  readonly logs: readonly string[];
}

/** As many as a note must be able to hold signatures. */
const WITNESSES_MAX = 16;
/** `name+id+key`: 33 bytes in base64, of which the first says whose key it is. */
const LOG_KEY = /^[^+\s]+\+[0-9a-f]{8}\+A[Q-Za-f][A-Za-z0-9+/]{42}$/;
const WITNESS_KEY = /^[^+\s]+\+[0-9a-f]{8}\+B[A-P][A-Za-z0-9+/]{42}$/;

/** The `audit` section of `sallyport.yaml`. */
export function auditSchema(): z.ZodType<AuditSettings> {
  return section({
    flushInterval: duration('1ms', '50ms').prefault('50ms'),
    checkpointInterval: duration('1s', '1h').prefault('10s'),
    witnesses: witnessesSchema(),
    witness: section({ listen: address(), logs: z.array(logKey()).min(1) }).optional(),
  })
    .transform(({ flushInterval, checkpointInterval, witnesses, witness }) => ({
      flushIntervalMs: flushInterval,
      checkpointIntervalMs: checkpointInterval,
      witnesses,
      witness,
    }))
    .prefault({ witnesses: {} });
}

function witnessesSchema(): z.ZodType<WitnessSettings> {
  return section({
    required: z.int().min(0).max(WITNESSES_MAX).optional(),
    of: z
      .array(section({ key: witnessKey(), url: z.url({ protocol: /^https?$/ }) }))
      .max(WITNESSES_MAX)
      .default([]),
    staleAfter: duration('10s', '24h').prefault('60s'),
    strictFor: z.array(z.string()).default([]),
  })
    .check(({ value, issues }) => {
      const complain = (path: string, message: string): void => {
        issues.push({ code: 'custom', path: [path], message, input: undefined });
      };
      if ((value.required ?? 0) > value.of.length) {
        complain('required', 'must not be more than there are witnesses');
      }
      if (value.strictFor.length > 0 && (value.required ?? value.of.length) === 0) {
        complain('strictFor', 'needs witnesses');
      }
      const names = value.of.map(({ key }) => key.split('+', 1)[0]);
      if (new Set(names).size < names.length) complain('of', 'must not name a witness twice');
    })
    .transform(({ required, of, staleAfter, strictFor }) => ({
      required: required ?? of.length,
      of,
      staleAfterMs: staleAfter,
      strictFor,
    }))
    .prefault({});
}

function witnessKey(): z.ZodType<string> {
  return z.string().regex(WITNESS_KEY, 'must be the key of a witness: name+id+key');
}

function logKey(): z.ZodType<string> {
  return z.string().regex(LOG_KEY, 'must be the key of a log: name+id+key');
}

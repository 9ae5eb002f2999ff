import { z } from 'zod';
import { type IdPath, idPathSchema } from './identifiers.ts';
import { type DrawnScreen, drawnScreenFields } from './playback-event.ts';

/** What somebody who wants to take part in a session says. */
export interface JoinWish {
  /** Number of the channel, as playback has it. Default: the terminal that was opened last. */
  readonly channel?: number | undefined;
}

/** A path that names somebody's place in a session. */
export interface JoinPath extends IdPath {
  readonly join: string;
}

/** What happens in a session, for a guest. */
export type JoinEvent =
  /** The first. */
  | {
      readonly kind: 'joined';
      /** Names the place in the paths of the other requests. */
      readonly join: string;
      readonly channel: number;
    }
  | DrawnScreen
  /** Who has the keyboard now. */
  | {
      readonly kind: 'keyboard';
      readonly holder: 'you' | 'principal' | 'guest';
      /** Of the guest who has it; "" for the session's principal. */
      readonly name: string;
    }
  /** A sign of life. */
  | { readonly kind: 'alive' }
  /** The last. */
  | {
      readonly kind: 'left';
      readonly reason: 'left' | 'disconnected' | 'not-permitted' | 'sees-less' | 'over';
    };

/** Keys, as a terminal sends them. */
export interface TypedKeys {
  /** Base64. */
  readonly bytes: string;
}

/** What became of keys. */
export interface KeysOutcome {
  /** False: they went nowhere. Somebody else has the keyboard, or the terminal does not keep up. */
  readonly taken: boolean;
}

/** Whether a guest wants the keyboard, or gives it back. */
export interface KeyboardWish {
  readonly hold: boolean;
}

export interface KeyboardOutcome {
  /** `busy`: a line is being decided. `refused`: the guest may not have a shell there. */
  readonly outcome: 'taken' | 'given' | 'busy' | 'refused';
}

/** Bytes of keys in one request; a paste is several. */
export const KEYS_BYTES_MAX = 4_096;

/** Checks a {@link JoinWish}. */
export const joinWishSchema: z.ZodType<JoinWish> = z
  .strictObject({ channel: z.int().min(0).optional() })
  .meta({ id: 'JoinWish' });

/** Checks a {@link JoinPath}. */
export const joinPathSchema: z.ZodType<JoinPath> = z.intersection(
  idPathSchema,
  z.object({ join: z.uuid() }),
);

/** Checks one line of a join. */
export const joinEventSchema: z.ZodType<JoinEvent> = z
  .discriminatedUnion('kind', [
    z.object({ kind: z.literal('joined'), join: z.uuid(), channel: z.int().min(0) }),
    z.object({ kind: z.literal('screen'), ...drawnScreenFields }),
    z.object({
      kind: z.literal('keyboard'),
      holder: z.enum(['you', 'principal', 'guest']),
      name: z.string(),
    }),
    z.object({ kind: z.literal('alive') }),
    z.object({
      kind: z.literal('left'),
      reason: z.enum(['left', 'disconnected', 'not-permitted', 'sees-less', 'over']),
    }),
  ])
  .meta({ id: 'JoinEvent' });

/** Checks {@link TypedKeys}. */
export const typedKeysSchema: z.ZodType<TypedKeys> = z
  .strictObject({ bytes: z.base64().max(Math.ceil(KEYS_BYTES_MAX / 3) * 4) })
  .meta({ id: 'TypedKeys' });

/** Checks a {@link KeysOutcome}. */
export const keysOutcomeSchema: z.ZodType<KeysOutcome> = z
  .object({ taken: z.boolean() })
  .meta({ id: 'KeysOutcome' });

/** Checks a {@link KeyboardWish}. */
export const keyboardWishSchema: z.ZodType<KeyboardWish> = z
  .strictObject({ hold: z.boolean() })
  .meta({ id: 'KeyboardWish' });

/** Checks a {@link KeyboardOutcome}. */
export const keyboardOutcomeSchema: z.ZodType<KeyboardOutcome> = z
  .object({ outcome: z.enum(['taken', 'given', 'busy', 'refused']) })
  .meta({ id: 'KeyboardOutcome' });

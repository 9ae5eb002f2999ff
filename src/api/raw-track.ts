import { z } from 'zod';

/** A piece of a sealed raw track: what `age` encrypted to its recipients. */
export interface RawTrackPiece {
  /** Base64. */
  readonly bytes: string;
}

/** Checks one line of a raw track. */
export const rawTrackPieceSchema: z.ZodType<RawTrackPiece> = z
  .object({ bytes: z.base64() })
  .meta({ id: 'RawTrackPiece' });

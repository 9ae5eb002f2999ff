import { z } from 'zod';

/** A path whose only parameter is an id that the server minted. */
export interface IdPath {
  readonly id: string;
}

/** A path that names a target. */
export interface TargetPath {
  readonly name: string;
}

/** Checks an id in a path, so that nothing else reaches the store. */
export const idPathSchema: z.ZodType<IdPath> = z.object({
  id: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/),
});

/** Checks the name of a target in a path. */
export const targetPathSchema: z.ZodType<TargetPath> = z.object({
  name: z.string().min(1).max(63),
});

import { z } from 'zod';

/** Which part of a list is asked for. */
export interface PageQuery {
  readonly limit?: number | undefined;
  /** `nextCursor` of the page before. */
  readonly cursor?: string | undefined;
}

/** Items on one page. */
const PAGE_MAX = 200;

/** Parameters of every list: they arrive as text. */
export const PAGE_FIELDS: {
  readonly limit: z.ZodOptional<z.ZodCoercedNumber>;
  readonly cursor: z.ZodOptional<z.ZodString>;
} = {
  limit: z.coerce.number().int().min(1).max(PAGE_MAX).optional(),
  cursor: z.string().min(1).max(256).optional(),
};

import { z } from 'zod';

import { entityName, line, section } from './fields.ts';

/** A mask, as a data map names it. `masking/mask.ts` says what each one does. */
export type MaskSetting =
  | {
      readonly kind:
        | 'redact'
        | 'null'
        | 'year'
        | 'age'
        | 'zip3'
        | 'email-domain'
        | 'ip-prefix'
        | 'date-shift';
    }
  | { readonly kind: 'fixed'; readonly value: string }
  | { readonly kind: 'partial'; readonly keepStart: number; readonly keepEnd: number }
  | { readonly kind: 'bucket'; readonly size: number }
  /** Without a domain: that of the class. */
  | { readonly kind: 'pseudonym'; readonly domain?: string }
  | { readonly kind: 'vault'; readonly domain?: string };

const PLAIN_MASKS = [
  'redact',
  'null',
  'year',
  'age',
  'zip3',
  'email-domain',
  'ip-prefix',
  'date-shift',
  'pseudonym',
  'vault',
] as const;

const LAST4: MaskSetting = { kind: 'partial', keepStart: 0, keepEnd: 4 };

/** Characters that a partial mask may keep at one end. */
const KEPT_MAX = 8;

const EXPECTED =
  `must be one of ${PLAIN_MASKS.join(', ')}, last4, ` +
  'or one of {fixed: text}, {partial: {keepStart: 0, keepEnd: 4}}, {bucket: 10}, {pseudonym: domain}, {vault: domain}';

/** `last4`, `year`, `{bucket: 10}`, `{pseudonym: patients}`. */
export function maskSetting(): z.ZodType<MaskSetting> {
  const kept = z.int().min(0).max(KEPT_MAX).default(0);
  return z.union(
    [
      z.enum(PLAIN_MASKS).transform((kind) => ({ kind })),
      z.literal('last4').transform(() => LAST4),
      // YAML's own null: whoever writes `mask: null` means the mask.
      z.null().transform(() => ({ kind: 'null' }) as const),
      section({ fixed: line(200) }).transform(
        ({ fixed }) => ({ kind: 'fixed', value: fixed }) as const,
      ),
      section({ partial: section({ keepStart: kept, keepEnd: kept }) }).transform(
        ({ partial }) => ({ kind: 'partial', ...partial }) as const,
      ),
      section({ bucket: z.number().positive().max(1e9) }).transform(
        ({ bucket }) => ({ kind: 'bucket', size: bucket }) as const,
      ),
      section({ pseudonym: entityName() }).transform(
        ({ pseudonym }) => ({ kind: 'pseudonym', domain: pseudonym }) as const,
      ),
      section({ vault: entityName() }).transform(
        ({ vault }) => ({ kind: 'vault', domain: vault }) as const,
      ),
    ],
    EXPECTED,
  );
}

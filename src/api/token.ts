import { z } from 'zod';

/** A request for a Sallyport token, form-encoded. @see RFC 8693, section 2.1 */
export interface TokenRequest {
  readonly grant_type: string;
  readonly subject_token: string;
  readonly subject_token_type: string;
  readonly requested_token_type?: string | undefined;
  /** Seconds; our extension. Shortens the token's life, and cannot lengthen it. */
  readonly requested_lifetime?: string | undefined;
}

/** @see RFC 8693, section 2.2.1 */
export interface TokenAnswer {
  readonly access_token: string;
  readonly issued_token_type: string;
  readonly token_type: 'Bearer';
  /** Seconds. */
  readonly expires_in: number;
}

/** @see RFC 6749, section 5.2 */
export interface TokenProblem {
  readonly error: string;
  readonly error_description?: string | undefined;
}

/** A request to end a Sallyport token early, form-encoded. @see RFC 7009, section 2.1 */
export interface RevocationRequest {
  readonly token: string;
  readonly token_type_hint?: string | undefined;
}

/** Characters; an identity provider's token with many groups fits. */
const TOKEN_LENGTH_MAX = 16_384;

/** Documents the form. The token endpoint reads it by the rules of RFC 6749 itself. */
export const tokenRequestSchema: z.ZodType<TokenRequest> = z.object({
  grant_type: z.string(),
  subject_token: z.string().min(1).max(TOKEN_LENGTH_MAX),
  subject_token_type: z.string(),
  requested_token_type: z.string().optional(),
  requested_lifetime: z
    .string()
    .regex(/^[1-9]\d{0,8}$/)
    .optional(),
});

/** Checks a {@link TokenAnswer}. */
export const tokenAnswerSchema: z.ZodType<TokenAnswer> = z.object({
  access_token: z.string(),
  issued_token_type: z.string(),
  token_type: z.literal('Bearer'),
  expires_in: z.int().positive(),
});

/** Checks a {@link TokenProblem}. */
export const tokenProblemSchema: z.ZodType<TokenProblem> = z
  .object({
    error: z.string(),
    error_description: z.string().optional(),
  })
  .meta({ id: 'TokenProblem' });

/** Documents the form. */
export const revocationRequestSchema: z.ZodType<RevocationRequest> = z.object({
  token: z.string().min(1).max(TOKEN_LENGTH_MAX),
  token_type_hint: z.string().optional(),
});

/** A token of the asker that still counts. It opens nothing itself. */
export interface TokenView {
  /** For lists, revocation and the ledger. */
  readonly id: string;
  /** What its holder presents: a text, or an SSH certificate and proof of its private key. */
  readonly kind: 'bearer' | 'ssh-certificate';
  /** ISO 8601. */
  readonly issuedAt: string;
  /** ISO 8601. */
  readonly expiresAt: string;
}

export interface TokenList {
  /** Newest first. */
  readonly tokens: readonly TokenView[];
}

/** Checks a {@link TokenList}. */
export const tokenListSchema: z.ZodType<TokenList> = z
  .object({
    tokens: z.array(
      z
        .object({
          id: z.string(),
          kind: z.enum(['bearer', 'ssh-certificate']),
          issuedAt: z.iso.datetime(),
          expiresAt: z.iso.datetime(),
        })
        .meta({ id: 'Token' }),
    ),
  })
  .meta({ id: 'TokenList' });

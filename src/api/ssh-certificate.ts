import { z } from 'zod';

/** A request for a certificate by which a client of SSH signs in. */
export interface SshCertificateRequest {
  /** The client's public key, as in `id_ed25519.pub`. */
  readonly publicKey: string;
  /** Shortens the certificate's life, and cannot lengthen it. */
  readonly lifetimeSeconds?: number | undefined;
  /** Addresses and networks from which alone it counts; default: everywhere. */
  readonly sourceAddresses?: readonly string[] | undefined;
}

export interface IssuedSshCertificate {
  /** Name of the token that the certificate is, for lists and to revoke it. */
  readonly id: string;
  /** As in `id_ed25519-cert.pub`. */
  readonly certificate: string;
  /** ISO 8601. */
  readonly expiresAt: string;
}

/** Characters; a line with an RSA key of 16 384 bits is below 3 000. */
const PUBLIC_KEY_LENGTH_MAX = 4_096;
/** Seconds in a day: no certificate lasts longer. */
const LIFETIME_SECONDS_MAX = 86_400;
const SOURCE_ADDRESSES_MAX = 200;

/** Checks an {@link SshCertificateRequest}. */
export const sshCertificateRequestSchema: z.ZodType<SshCertificateRequest> = z
  .strictObject({
    publicKey: z.string().min(1).max(PUBLIC_KEY_LENGTH_MAX),
    lifetimeSeconds: z.int().min(1).max(LIFETIME_SECONDS_MAX).optional(),
    sourceAddresses: z.array(z.string().min(2).max(49)).max(SOURCE_ADDRESSES_MAX).optional(),
  })
  .meta({ id: 'SshCertificateRequest' });

/** Checks an {@link IssuedSshCertificate}. */
export const issuedSshCertificateSchema: z.ZodType<IssuedSshCertificate> = z
  .object({ id: z.string(), certificate: z.string(), expiresAt: z.iso.datetime() })
  .meta({ id: 'IssuedSshCertificate' });

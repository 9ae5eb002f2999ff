import { X509Certificate } from 'node:crypto';
import './reflect-metadata.ts';
import * as x509 from '@peculiar/x509';
import type { CertificateAuthoritySettings } from '../configuration/certificate-authority-settings.ts';
import type { AuthenticationResult } from '../identity/authenticator.ts';
import type { Principal } from '../identity/principal.ts';

/** An authority of the configuration, with the certificates that are it. */
export interface ClientAuthority {
  readonly settings: CertificateAuthoritySettings;
  /** PEM, one or several. */
  readonly certificatesPem: string;
}

interface LoadedAuthority extends Pick<ClientAuthority, 'settings'> {
  readonly certificates: readonly X509Certificate[];
}

/** Groups of one certificate. */
const GROUPS_MAX = 512;
/** UTF-16 code units of a name in a certificate. */
const NAME_LENGTH_MAX = 1_000;

/**
 * Says who a client certificate is for. Paths, dates and purposes are checked by TLS before; here the authority
 * that the path leads to says which of its fields names the principal.
 */
export class ClientCertificates {
  #authorities: readonly LoadedAuthority[] = [];

  /** @throws If a certificate cannot be read. */
  constructor(authorities: readonly ClientAuthority[]) {
    this.configure(authorities);
  }

  /** @throws As the constructor; nothing has changed then. */
  configure(authorities: readonly ClientAuthority[]): void {
    this.#authorities = authorities.map(({ settings, certificatesPem }) => ({
      settings,
      certificates: splitPem(certificatesPem).map((pem) => new X509Certificate(pem)),
    }));
  }

  /**
   * @param chain Certificates as TLS proved them, DER: the client's first, each signed by the next, and its
   * authority's last.
   */
  authenticate(chain: readonly Buffer[]): AuthenticationResult {
    const [own, root] = [chain[0], chain.at(-1)];
    if (own === undefined || root === undefined || !isSignedInOrder(chain)) {
      return rejected('unknown-authority');
    }
    const found = this.#authorities.find(({ certificates }) =>
      certificates.some(({ raw }) => raw.equals(root)),
    );
    if (found === undefined) return rejected('unknown-authority');
    const principal = readPrincipal(new x509.X509Certificate(own), found.settings);
    if (principal === undefined) return rejected('claims-not-accepted');
    return { kind: 'authenticated', principal };
  }
}

/** Two authorities may have the same name: which of them it was, only signatures tell. */
function isSignedInOrder(chain: readonly Buffer[]): boolean {
  const certificates = chain.map((der) => new X509Certificate(der));
  const pairs = certificates
    .slice(1)
    .map((issuer, index) => [certificates[index], issuer] as const);
  return pairs.length > 0 && pairs.every(([issued, { publicKey }]) => issued?.verify(publicKey));
}

/** PEM texts of the certificates in a file, in order. */
export function splitPem(text: string): readonly string[] {
  return text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
}

function readPrincipal(
  certificate: x509.X509Certificate,
  { name: issuer, kind, subject: field, groupsFrom, groups: fixed }: CertificateAuthoritySettings,
): Principal | undefined {
  const [subject, ...others] = findNames(certificate, field);
  // Of two names, nobody could say which is meant.
  if (subject === undefined || others.length > 0 || !isName(subject)) return undefined;
  const named = groupsFrom === 'none' ? [] : findNames(certificate, groupsFrom);
  if (named.length > GROUPS_MAX || !named.every(isName)) return undefined;
  return {
    id: `${issuer}:${subject}`,
    issuer,
    subject,
    kind,
    displayName: subject,
    groups: [...new Set([...fixed, ...named])],
    signIn: 'client-certificate',
    expiresAtMs: certificate.notAfter.getTime(),
  };
}

function findNames(
  certificate: x509.X509Certificate,
  field: CertificateAuthoritySettings['subject'] | 'organizational-unit',
): readonly string[] {
  switch (field) {
    case 'common-name':
      return certificate.subjectName.getField('CN');
    case 'organizational-unit':
      return certificate.subjectName.getField('OU');
    case 'dns':
    case 'email':
    case 'uri': {
      const type = field === 'uri' ? 'url' : field;
      const extension = certificate.getExtension(x509.SubjectAlternativeNameExtension);
      const names = extension?.names.items ?? [];
      return names.filter((name) => name.type === type).map(({ value }) => value);
    }
  }
}

function isName(text: string): boolean {
  return text.length > 0 && text.length <= NAME_LENGTH_MAX && !/\p{Cc}/u.test(text);
}

function rejected(
  reason: 'unknown-authority' | 'claims-not-accepted',
): AuthenticationResult & { readonly kind: 'rejected' } {
  return { kind: 'rejected', reason };
}

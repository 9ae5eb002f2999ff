import { Buffer } from 'node:buffer';
import { randomBytes, webcrypto } from 'node:crypto';
import './reflect-metadata.ts';
import * as x509 from '@peculiar/x509';

/** A certificate with its private key, both PEM; the key is PKCS #8. */
export interface CertificateAndKey {
  readonly certificatePem: string;
  readonly keyPem: string;
}

/** What a server certificate says. */
export interface ServerCertificateOptions {
  /** DNS names; the first is the common name too. */
  readonly names: readonly string[];
  /** IP addresses in text form. Default: none. */
  readonly addresses?: readonly string[];
  /** Validity in days. Default: 90. */
  readonly days?: number;
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const DAY_MS = 86_400_000;
const AUTHORITY_DAYS = 3650;
const SERVER_DAYS = 90;
/** A certificate is valid from an hour ago, for peers whose clock is behind. */
const CLOCK_SKEW_MS = 3_600_000;

/** Makes a certificate authority that signs server certificates only (path length 0), for 10 years. */
export async function makeCertificateAuthority(name: string): Promise<CertificateAndKey> {
  const keys = await makeKeys();
  const subject = commonName(name);
  const certificate = await x509.X509CertificateGenerator.create(
    {
      subject,
      issuer: subject,
      ...validity(AUTHORITY_DAYS * DAY_MS),
      publicKey: keys.publicKey,
      signingKey: keys.privateKey,
      signingAlgorithm: ALGORITHM,
      extensions: [
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.KeyUsagesExtension(
          x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign,
          true,
        ),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey, false, webcrypto),
      ],
    },
    webcrypto,
  );
  return { certificatePem: pem(certificate), keyPem: await exportKey(keys.privateKey) };
}

/** Issues a TLS server certificate signed by `authority`. */
export async function issueServerCertificate(
  authority: CertificateAndKey,
  options: ServerCertificateOptions,
): Promise<CertificateAndKey> {
  return sign(await makeKeys(), options, await openIssuer(authority));
}

/** What a certificate for one end of a tunnel says. */
export interface PeerCertificateOptions {
  readonly commonName: string;
  /** Alternative names. */
  readonly uris: readonly string[];
  /** Whether it proves a server, too, and not only a client. */
  readonly isServer: boolean;
  /** SPKI, DER, on the curve P-256. */
  readonly publicKey: Buffer;
  readonly lifetimeMs: number;
}

/** Issues a certificate for a key that somebody else has. PEM. */
export async function issuePeerCertificate(
  authority: CertificateAndKey,
  options: PeerCertificateOptions,
): Promise<string> {
  const { commonName: name, uris, isServer, publicKey, lifetimeMs } = options;
  const issuer = await openIssuer(authority);
  const usages = [
    x509.ExtendedKeyUsage.clientAuth,
    ...(isServer ? [x509.ExtendedKeyUsage.serverAuth] : []),
  ];
  const certificate = await issue(issuer, {
    subject: commonName(name),
    ...validity(lifetimeMs),
    publicKey: await webcrypto.subtle.importKey('spki', publicKey, ALGORITHM, true, ['verify']),
    extensions: endExtensions(
      usages,
      uris.map((value) => ({ type: 'url' as const, value })),
    ),
  });
  return pem(certificate);
}

/** Makes a TLS server certificate that vouches for itself: clients must be given it to trust. */
export async function makeSelfSigned(
  options: ServerCertificateOptions,
): Promise<CertificateAndKey> {
  const keys = await makeKeys();
  const name = commonName(firstName(options));
  return sign(keys, options, { name, signingKey: keys.privateKey, extensions: [] });
}

interface Issuer {
  readonly name: x509.Name;
  readonly signingKey: webcrypto.CryptoKey;
  readonly extensions: readonly x509.Extension[];
}

async function openIssuer(authority: CertificateAndKey): Promise<Issuer> {
  const certificate = new x509.X509Certificate(authority.certificatePem);
  const signingKey = await webcrypto.subtle.importKey(
    'pkcs8',
    Buffer.from(x509.PemConverter.decodeFirst(authority.keyPem)),
    ALGORITHM,
    false,
    ['sign'],
  );
  const identifier = await x509.AuthorityKeyIdentifierExtension.create(
    certificate,
    false,
    webcrypto,
  );
  return { name: certificate.subjectName, signingKey, extensions: [identifier] };
}

interface Issued {
  readonly subject: x509.Name;
  readonly serialNumber: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly publicKey: webcrypto.CryptoKey;
  readonly extensions: readonly x509.Extension[];
}

async function issue(issuer: Issuer, issued: Issued): Promise<x509.X509Certificate> {
  const identifier = await x509.SubjectKeyIdentifierExtension.create(
    issued.publicKey,
    false,
    webcrypto,
  );
  return x509.X509CertificateGenerator.create(
    {
      ...issued,
      issuer: issuer.name,
      signingKey: issuer.signingKey,
      signingAlgorithm: ALGORITHM,
      extensions: [...issued.extensions, identifier, ...issuer.extensions],
    },
    webcrypto,
  );
}

/** What a certificate says that signs no others. */
function endExtensions(
  usages: x509.ExtendedKeyUsage[],
  alternatives: x509.JsonGeneralNames,
): readonly x509.Extension[] {
  return [
    new x509.BasicConstraintsExtension(false, undefined, true),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
    new x509.ExtendedKeyUsageExtension(usages),
    new x509.SubjectAlternativeNameExtension(alternatives),
  ];
}

async function sign(
  keys: webcrypto.CryptoKeyPair,
  options: ServerCertificateOptions,
  issuer: Issuer,
): Promise<CertificateAndKey> {
  const { names, addresses = [], days = SERVER_DAYS } = options;
  const alternatives = [
    ...names.map((value) => ({ type: 'dns' as const, value })),
    ...addresses.map((value) => ({ type: 'ip' as const, value })),
  ];
  const certificate = await issue(issuer, {
    subject: commonName(firstName(options)),
    ...validity(days * DAY_MS),
    publicKey: keys.publicKey,
    extensions: endExtensions([x509.ExtendedKeyUsage.serverAuth], alternatives),
  });
  return { certificatePem: pem(certificate), keyPem: await exportKey(keys.privateKey) };
}

function firstName({ names, addresses = [] }: ServerCertificateOptions): string {
  const [name] = [...names, ...addresses];
  if (name === undefined) {
    throw new TypeError('Cannot issue server certificate: it needs a name or an address');
  }
  return name;
}

/** A typed value: the package would read quotes and backslashes in a plain one as escapes. */
function commonName(name: string): x509.Name {
  return new x509.Name([{ CN: [{ utf8String: name }] }]);
}

function validity(lifetimeMs: number): { serialNumber: string; notBefore: Date; notAfter: Date } {
  const nowMs = Date.now();
  return {
    serialNumber: makeSerialNumber(),
    notBefore: new Date(nowMs - CLOCK_SKEW_MS),
    notAfter: new Date(nowMs + lifetimeMs),
  };
}

/** 127 random bits: positive in DER (RFC 5280 §4.1.2.2), and never guessable. */
function makeSerialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes.toString('hex');
}

function makeKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
}

async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  const bytes = await webcrypto.subtle.exportKey('pkcs8', key);
  return `${x509.PemConverter.encode(bytes, 'PRIVATE KEY')}\n`;
}

function pem(certificate: x509.X509Certificate): string {
  return `${certificate.toString('pem')}\n`;
}

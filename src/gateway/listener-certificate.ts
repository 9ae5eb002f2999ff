import { constants, X509Certificate } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls';
import type { ListenerTls } from '../configuration/listener-settings.ts';
import { makeSelfSigned } from './certificates.ts';

/** What a listener shows its clients. */
export interface ListenerCertificate {
  readonly context: SecureContext;
  /** What that was made of. */
  readonly options: SecureContextOptions;
  readonly certificatePem: string;
  readonly keyPem: string;
  /** Made by the gateway itself, so clients have to be given it as an authority. */
  readonly isSelfSigned: boolean;
}

/** What a listener needs of its certificate beyond what all need. */
export interface ListenerCertificateOptions {
  /** PEM of the authorities whose certificates clients are asked for. Default: they are asked for none. */
  readonly clientAuthorities?: readonly string[];
  /**
   * Names that one of the gateway's own making has to have, beside those of the machine. Such a one is kept apart,
   * and made anew once a name is missing.
   */
  readonly names?: readonly string[];
}

const SELF_SIGNED_DAYS = 365;

/**
 * Loads a listener's certificate, or the one the gateway made for itself at its first start.
 *
 * @param dataDirectory Where that one is kept, its key readable by the owner only.
 */
export async function loadListenerCertificate(
  { files }: ListenerTls,
  dataDirectory: string,
  { clientAuthorities = [], names }: ListenerCertificateOptions = {},
): Promise<ListenerCertificate> {
  const own = names === undefined ? 'gateway' : 'http';
  const place = files ?? {
    certificate: join(dataDirectory, `${own}.crt`),
    key: join(dataDirectory, `${own}.key`),
  };
  if (files === undefined && !(await isMade(place, names ?? []))) await makeOwn(place, names ?? []);
  const certificatePem = await readFile(place.certificate, 'utf8');
  const keyPem = await readFile(place.key, 'utf8');
  const options: SecureContextOptions = {
    cert: certificatePem,
    key: keyPem,
    minVersion: 'TLSv1.2',
    ...(clientAuthorities.length > 0 && {
      ca: [...clientAuthorities],
      // A resumed connection would not say by which authority its client was proved.
      secureOptions: constants.SSL_OP_NO_TICKET,
    }),
  };
  const context = createSecureContext(options);
  return { context, options, certificatePem, keyPem, isSelfSigned: files === undefined };
}

interface CertificatePlace {
  readonly certificate: string;
  readonly key: string;
}

async function makeOwn(place: CertificatePlace, more: readonly string[]): Promise<void> {
  const names = [...new Set(['localhost', hostname(), ...more])];
  const addresses = ['127.0.0.1', '::1'];
  const made = await makeSelfSigned({ names, addresses, days: SELF_SIGNED_DAYS });
  await writeFile(place.certificate, made.certificatePem, { mode: 0o644 });
  // The key last, and whole: its presence says that both are there.
  await writeFile(`${place.key}.new`, made.keyPem, { mode: 0o600 });
  await rename(`${place.key}.new`, place.key);
}

async function isMade(place: CertificatePlace, names: readonly string[]): Promise<boolean> {
  try {
    await readFile(place.key);
    const certificate = new X509Certificate(await readFile(place.certificate));
    return names.every((name) => certificate.checkHost(name) !== undefined);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

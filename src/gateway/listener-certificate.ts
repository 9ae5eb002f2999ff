import { readFile, rename, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { createSecureContext, type SecureContext } from 'node:tls';
import type { ListenerTls } from '../configuration/gateway-file.ts';
import { makeSelfSigned } from './certificates.ts';

/** What a listener shows its clients. */
export interface ListenerCertificate {
  readonly context: SecureContext;
  readonly certificatePem: string;
  readonly keyPem: string;
  /** Made by the gateway itself, so clients have to be given it as an authority. */
  readonly isSelfSigned: boolean;
}

const CERTIFICATE_FILE = 'gateway.crt';
const KEY_FILE = 'gateway.key';
const SELF_SIGNED_DAYS = 365;

/**
 * Loads a listener's certificate, or the one the gateway made for itself at its first start.
 *
 * @param dataDirectory Where that one is kept, its key readable by the owner only.
 */
export async function loadListenerCertificate(
  { files }: ListenerTls,
  dataDirectory: string,
): Promise<ListenerCertificate> {
  const place = files ?? {
    certificate: join(dataDirectory, CERTIFICATE_FILE),
    key: join(dataDirectory, KEY_FILE),
  };
  if (files === undefined && !(await exists(place.key))) await makeOwn(place);
  const certificatePem = await readFile(place.certificate, 'utf8');
  const keyPem = await readFile(place.key, 'utf8');
  const context = createSecureContext({ cert: certificatePem, key: keyPem, minVersion: 'TLSv1.2' });
  return { context, certificatePem, keyPem, isSelfSigned: files === undefined };
}

async function makeOwn(place: {
  readonly certificate: string;
  readonly key: string;
}): Promise<void> {
  const names = [...new Set(['localhost', hostname()])];
  const addresses = ['127.0.0.1', '::1'];
  const made = await makeSelfSigned({ names, addresses, days: SELF_SIGNED_DAYS });
  await writeFile(place.certificate, made.certificatePem, { mode: 0o644 });
  // The key last, and whole: its presence says that both are there.
  await writeFile(`${place.key}.new`, made.keyPem, { mode: 0o600 });
  await rename(`${place.key}.new`, place.key);
}

async function exists(path: string): Promise<boolean> {
  try {
    await readFile(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

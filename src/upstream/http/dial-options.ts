import { readFile } from 'node:fs/promises';
import type { DialOptions, HttpApplication } from '../../protocols/http/upstream/dial.ts';
import type { ResolveSecret } from '../../targets/secret-resolver.ts';
import type { WebTarget } from '../../targets/target.ts';

/**
 * Where a target is and how to check it. Read anew for each connection: a certificate that was renewed is used at
 * once.
 *
 * @throws {SecretError} If a certificate of the gateway cannot be had.
 */
export async function readDialOptions(
  { host, port, tls }: WebTarget,
  resolveSecret: ResolveSecret,
): Promise<Omit<DialOptions, 'connectTimeoutMs'>> {
  const { caFile, serverName, clientCertificate } = tls;
  const read = async (reference: string): Promise<string> =>
    (await resolveSecret(reference)).toString('utf8');
  return {
    host,
    port,
    tls: {
      mode: tls.mode,
      ...(caFile !== undefined && { ca: await readFile(caFile, 'utf8') }),
      ...(serverName !== undefined && { serverName }),
    },
    ...(clientCertificate !== undefined && {
      clientCertificate: await read(clientCertificate.certificate),
      clientKey: await read(clientCertificate.key),
    }),
  };
}

/** What may be spoken to a target, best first. */
export function chooseApplications({ httpVersion, tls }: WebTarget): readonly HttpApplication[] {
  switch (httpVersion) {
    case 'auto':
      // What is spoken without TLS cannot be agreed on, and HTTP/1.1 is understood by all.
      return tls.mode === 'disable' ? ['http/1.1'] : ['h2', 'http/1.1'];
    case '1.1':
      return ['http/1.1'];
    case '2':
      return ['h2'];
  }
}

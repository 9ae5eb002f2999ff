import { generateKeyPairSync } from 'node:crypto';
import { rm } from 'node:fs/promises';
import type { SshConfiguration } from '../api/client-configuration.ts';
import { issuedSshCertificateSchema } from '../api/ssh-certificate.ts';
import { targetListSchema } from '../api/target.ts';
import { decodeCertificate } from '../wire/ssh/certificate.ts';
import { encodePrivateKeyFile } from '../wire/ssh/private-key-file.ts';
import { encodePublicKey } from '../wire/ssh/public-key.ts';
import type { CliHost } from './command-context.ts';
import { openContract } from './contract-client.ts';
import type { KnownGateway } from './gateway-settings.ts';
import { ownToken, SignedInGateway } from './signed-in-gateway.ts';
import {
  formatKnownHosts,
  formatSshConfig,
  readIfPresent,
  type SshFiles,
  sshFiles,
  writePrivately,
} from './ssh-files.ts';

/** A certificate that is on this machine. */
export interface KeptCertificate {
  /** Name of the token that it is. */
  readonly tokenId: string;
  /** Milliseconds since the Unix epoch, as both. */
  readonly issuedAtMs: number;
  readonly expiresAtMs: number;
}

/**
 * Has the gateway certify a new key, and writes all that OpenSSH needs to go through it.
 *
 * @throws {CliError} If policy gives no certificate, or the gateway cannot be asked.
 */
export async function writeSshAccess(
  host: CliHost,
  gateway: KnownGateway,
  ssh: SshConfiguration,
): Promise<SshFiles> {
  const files = sshFiles(host.environment, gateway);
  const signedIn = new SignedInGateway(host, gateway);
  const { privateKey } = generateKeyPairSync('ed25519');
  const issued = await signedIn.get(issuedSshCertificateSchema, {
    path: '/v1/ssh/certificates',
    json: { publicKey: `ssh-ed25519 ${encodePublicKey(privateKey).toString('base64')}` },
  });
  const [, base64 = ''] = issued.certificate.split(' ');
  // Decoded and written again: what goes into a file is what was understood of it.
  const certificate = Buffer.from(base64, 'base64');
  const { certificateType, keyId } = decodeCertificate(certificate);
  const line = `${certificateType} ${certificate.toString('base64')} ${issued.id}\n`;
  const { targets } = await signedIn.get(targetListSchema, { path: '/v1/targets' });
  await writePrivately(files.key, encodePrivateKeyFile(privateKey, keyId));
  await writePrivately(files.certificate, line);
  await writePrivately(files.knownHosts, formatKnownHosts(ssh));
  await writePrivately(files.config, formatSshConfig(gateway, ssh, files, targets));
  return files;
}

/**
 * Gets a new certificate if the one that is here is in the second half of its life, or there is none. A job always gets its
 * own: what is here may be another's.
 */
export async function renewSshAccess(
  host: CliHost,
  gateway: KnownGateway,
  ssh: SshConfiguration,
): Promise<SshFiles> {
  const files = sshFiles(host.environment, gateway);
  const kept = await findCertificate(files);
  const isOurs = kept !== undefined && ownToken(host.environment) === undefined;
  const isFresh = isOurs && host.nowMs() < kept.issuedAtMs / 2 + kept.expiresAtMs / 2;
  return isFresh ? files : writeSshAccess(host, gateway, ssh);
}

/** Ends the certificate, if the gateway can be told, and removes the files. */
export async function removeSshAccess(host: CliHost, gateway: KnownGateway): Promise<void> {
  const files = sshFiles(host.environment, gateway);
  const kept = await findCertificate(files);
  try {
    if (kept !== undefined && host.nowMs() < kept.expiresAtMs) {
      const { call, read } = await openContract(host, gateway.url);
      const path = { id: kept.tokenId };
      read(await call.POST('/v1/tokens/{id}/end', { params: { path } }));
    }
  } catch {
    // The key goes, which is what was asked for; without it the certificate opens nothing.
    host.terminal.say('The gateway could not be told that the SSH certificate is over.');
  }
  await rm(files.directory, { recursive: true, force: true });
}

/** The certificate that is here, whether it counts or not. */
export async function findCertificate(files: SshFiles): Promise<KeptCertificate | undefined> {
  const [, base64 = '', tokenId = ''] = (await readIfPresent(files.certificate)).trim().split(' ');
  if (!/^tok_[A-Za-z0-9_-]+$/.test(tokenId)) return undefined;
  try {
    const { validAfter, validBefore } = decodeCertificate(Buffer.from(base64, 'base64'));
    return {
      tokenId,
      issuedAtMs: Number(validAfter) * 1_000,
      expiresAtMs: Number(validBefore) * 1_000,
    };
  } catch {
    return undefined; // Whatever it is, a new one takes its place.
  }
}

const CERTIFICATE_SUFFIX = '-cert-v01@openssh.com';

/** What a key is, and what it can sign with. Names of RFC 4253, 5656, 8332, 8709 and OpenSSH. */
export interface KeyAlgorithm {
  /** Name that the plain public key begins with. */
  readonly keyType: string;
  /** Name that a certificate for such a key begins with. */
  readonly certificateType: string;
  /** What its signatures begin with, best first. */
  readonly signatureAlgorithms: readonly string[];
}

/** Every kind of key that is implemented, best first. */
export const KEY_ALGORITHMS: readonly KeyAlgorithm[] = [
  plain('ssh-ed25519'),
  plain('ecdsa-sha2-nistp256'),
  plain('ecdsa-sha2-nistp384'),
  plain('ecdsa-sha2-nistp521'),
  {
    keyType: 'ssh-rsa',
    certificateType: `ssh-rsa${CERTIFICATE_SUFFIX}`,
    // `ssh-rsa` as an algorithm means SHA-1, which is not done here.
    signatureAlgorithms: ['rsa-sha2-512', 'rsa-sha2-256'],
  },
];

/** Every signature algorithm that can be checked, best first. */
export const SIGNATURE_ALGORITHMS: readonly string[] = KEY_ALGORITHMS.flatMap(
  (algorithm) => algorithm.signatureAlgorithms,
);

/**
 * Finds what a name stands for where peers agree on how a key is used: a signature algorithm, or one
 * with a certificate around its key, such as `rsa-sha2-256-cert-v01@openssh.com`.
 */
export function findKeyUse(name: string): KeyUse | undefined {
  return KEY_USES.get(name);
}

/** A way to present a key and to sign with it. */
export interface KeyUse {
  /** Name that the blob begins with: of a public key or of a certificate. */
  readonly blobType: string;
  readonly isCertificate: boolean;
  readonly signatureAlgorithm: string;
}

/** The names under which a blob of type `blobType` can be used, best first. */
export function keyUseNames(blobType: string): string[] {
  return [...KEY_USES].filter(([, use]) => use.blobType === blobType).map(([name]) => name);
}

const KEY_USES: ReadonlyMap<string, KeyUse> = new Map(
  KEY_ALGORITHMS.flatMap(({ keyType, certificateType, signatureAlgorithms }) =>
    signatureAlgorithms.flatMap((signatureAlgorithm): [string, KeyUse][] => [
      [
        `${signatureAlgorithm}${CERTIFICATE_SUFFIX}`,
        { blobType: certificateType, isCertificate: true, signatureAlgorithm },
      ],
      [signatureAlgorithm, { blobType: keyType, isCertificate: false, signatureAlgorithm }],
    ]),
  ),
);

/** Every name that {@link findKeyUse} knows: each certificate before its plain key. */
export const KEY_USE_NAMES: readonly string[] = [...KEY_USES.keys()];

function plain(name: string): KeyAlgorithm {
  return {
    keyType: name,
    certificateType: `${name}${CERTIFICATE_SUFFIX}`,
    signatureAlgorithms: [name],
  };
}

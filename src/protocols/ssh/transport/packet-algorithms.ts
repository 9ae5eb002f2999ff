import { type CipherGCMTypes, createSecretKey, type KeyObject } from 'node:crypto';

export interface CipherAlgorithm {
  readonly opensslName: string;
  readonly keyBytes: number;
  readonly ivBytes: number;
  /** Of the tag that it adds itself; 0 if a MAC does that. */
  readonly tagBytes: number;
}

export interface MacAlgorithm {
  readonly hash: 'sha256' | 'sha512';
  readonly macBytes: number;
  /** Whether it covers the packet as it is sent (`-etm`), and not what is in it. */
  readonly coversEncrypted: boolean;
}

const GCM_IV_BYTES = 12;
const GCM_TAG_BYTES = 16;
const CTR_IV_BYTES = 16;

/** In order of preference: GCM takes a third of the time of CTR and a MAC. */
export const CIPHERS: ReadonlyMap<string, CipherAlgorithm> = new Map([
  ['aes128-gcm@openssh.com', gcm('aes-128-gcm', 16)],
  ['aes256-gcm@openssh.com', gcm('aes-256-gcm', 32)],
  ['aes128-ctr', ctr('aes-128-ctr', 16)],
  ['aes192-ctr', ctr('aes-192-ctr', 24)],
  ['aes256-ctr', ctr('aes-256-ctr', 32)],
]);

/** In order of preference. */
export const MACS: ReadonlyMap<string, MacAlgorithm> = new Map([
  ['hmac-sha2-256-etm@openssh.com', mac('sha256', 32, true)],
  ['hmac-sha2-512-etm@openssh.com', mac('sha512', 64, true)],
  ['hmac-sha2-256', mac('sha256', 32, false)],
  ['hmac-sha2-512', mac('sha512', 64, false)],
]);

/** What one direction's packets are protected with from one NEWKEYS to the next. */
export type PacketKeys =
  | {
      readonly kind: 'gcm';
      readonly opensslName: CipherGCMTypes;
      readonly key: KeyObject;
      readonly iv: Buffer;
    }
  | {
      readonly kind: 'ctr';
      readonly opensslName: string;
      readonly key: KeyObject;
      readonly iv: Buffer;
      readonly mac: MacAlgorithm;
      readonly macKey: KeyObject;
    };

/**
 * Cuts keys out of what a key exchange gave.
 *
 * @param derive Makes as many bytes as asked for, by the letter of RFC 4253 section 7.2.
 */
export function makePacketKeys(
  names: { readonly cipher: string; readonly mac: string | undefined },
  derive: (purpose: 'iv' | 'key' | 'mac', bytes: number) => Buffer,
): PacketKeys {
  const cipher = CIPHERS.get(names.cipher);
  if (cipher === undefined) throw new TypeError(`Cannot make keys: no cipher ${names.cipher}`);
  const key = createSecretKey(derive('key', cipher.keyBytes));
  const iv = derive('iv', cipher.ivBytes);
  const { opensslName } = cipher;
  if (isGcm(opensslName)) return { kind: 'gcm', opensslName, key, iv };
  const macAlgorithm = MACS.get(names.mac ?? '');
  if (macAlgorithm === undefined) throw new TypeError('Cannot make keys: no MAC');
  const macKey = createSecretKey(derive('mac', macAlgorithm.macBytes));
  return { kind: 'ctr', opensslName, key, iv, mac: macAlgorithm, macKey };
}

function isGcm(opensslName: string): opensslName is CipherGCMTypes {
  return opensslName.endsWith('-gcm');
}

function gcm(opensslName: string, keyBytes: number): CipherAlgorithm {
  return { opensslName, keyBytes, ivBytes: GCM_IV_BYTES, tagBytes: GCM_TAG_BYTES };
}

function ctr(opensslName: string, keyBytes: number): CipherAlgorithm {
  return { opensslName, keyBytes, ivBytes: CTR_IV_BYTES, tagBytes: 0 };
}

function mac(hash: MacAlgorithm['hash'], macBytes: number, coversEncrypted: boolean): MacAlgorithm {
  return { hash, macBytes, coversEncrypted };
}

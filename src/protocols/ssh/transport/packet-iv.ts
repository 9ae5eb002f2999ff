/**
 * Steps the counter in the last 8 bytes of an AES-GCM nonce to the next packet's (RFC 5647 section
 * 7.1). It never comes round: keys are replaced long before.
 */
export function stepPacketIv(iv: Buffer): void {
  const low = (iv.readUInt32BE(8) + 1) >>> 0;
  iv.writeUInt32BE(low, 8);
  if (low === 0) iv.writeUInt32BE((iv.readUInt32BE(4) + 1) >>> 0, 4);
}

/** Copies a nonce for one direction, outside Node's pool: a slice of that would keep all of it alive. */
export function copyPacketIv(iv: Buffer): Buffer {
  const copy = Buffer.alloc(iv.length);
  copy.set(iv);
  return copy;
}

import type { SshWriter } from '../ssh/ssh-writer.ts';

/** Puts length and type in front of a body. */
export function encodePacket(type: number, body: SshWriter): Buffer {
  const packet = Buffer.allocUnsafe(5 + body.length);
  packet.writeUInt32BE(1 + body.length, 0);
  packet.writeUInt8(type, 4);
  body.toBuffer().copy(packet, 5);
  return packet;
}

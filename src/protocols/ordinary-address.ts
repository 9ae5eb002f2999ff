import { BlockList, isIP } from 'node:net';

/**
 * Whether an address is a machine's like any other, wherever it is connected to from: that of a name which
 * somebody else may have a say in must be.
 */
export function isOrdinaryAddress(address: string): boolean {
  const family = isIP(address);
  return family !== 0 && !SPECIAL.check(address, family === 6 ? 'ipv6' : 'ipv4');
}

/** Addresses that mean the machine itself, its link, or what a cloud tells its machines. */
const SPECIAL = new BlockList();
for (const [network, bits] of [
  ['0.0.0.0', 8],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['192.0.0.192', 32],
  ['100.100.100.200', 32],
  ['224.0.0.0', 3],
] as const) {
  SPECIAL.addSubnet(network, bits, 'ipv4');
  // The same, written as IPv6.
  SPECIAL.addSubnet(`::ffff:${network}`, 96 + bits, 'ipv6');
  SPECIAL.addSubnet(`64:ff9b::${network}`, 96 + bits, 'ipv6');
}
for (const [network, bits] of [
  ['::', 127],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
  ['fd00:ec2::', 32],
] as const) {
  SPECIAL.addSubnet(network, bits, 'ipv6');
}

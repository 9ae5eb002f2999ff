/** First byte of every packet behind its length, as draft-ietf-secsh-filexfer-02 numbers them (`SSH_FXP_…`). */
export const PacketType = {
  init: 1,
  version: 2,
  open: 3,
  close: 4,
  read: 5,
  write: 6,
  lstat: 7,
  fstat: 8,
  setstat: 9,
  fsetstat: 10,
  opendir: 11,
  readdir: 12,
  remove: 13,
  mkdir: 14,
  rmdir: 15,
  realpath: 16,
  stat: 17,
  rename: 18,
  readlink: 19,
  symlink: 20,
  status: 101,
  handle: 102,
  data: 103,
  name: 104,
  attributes: 105,
  extended: 200,
  extendedReply: 201,
} as const;

export type PacketType = (typeof PacketType)[keyof typeof PacketType];

/** The version that every server in use speaks. */
export const PROTOCOL_VERSION = 3;

/**
 * Longest packet, without its length: what OpenSSH sends and takes.
 *
 * @see SFTP_MAX_MSG_LENGTH in https://github.com/openssh/openssh-portable/blob/master/sftp-common.h
 */
export const PACKET_BYTES_MAX: number = 256 * 1024;

/** What a file is opened for (`SSH_FXF_…`). */
export const OpenFlag = {
  read: 0x01,
  write: 0x02,
  append: 0x04,
  create: 0x08,
  truncate: 0x10,
  exclusive: 0x20,
} as const;

/** How a request ended (`SSH_FX_…`). */
export const StatusCode = {
  ok: 0,
  eof: 1,
  noSuchFile: 2,
  permissionDenied: 3,
  failure: 4,
  badMessage: 5,
  noConnection: 6,
  connectionLost: 7,
  unsupported: 8,
} as const;

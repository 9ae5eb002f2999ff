/** First byte of each message, by the names of the RFCs. */
export const MessageNumber = {
  Disconnect: 1,
  Ignore: 2,
  Unimplemented: 3,
  Debug: 4,
  ServiceRequest: 5,
  ServiceAccept: 6,
  ExtInfo: 7,
  KexInit: 20,
  NewKeys: 21,
  /** 30 to 49 belong to the key exchange method; the same two serve ECDH, ML-KEM and Diffie-Hellman. */
  KexEcdhInit: 30,
  KexEcdhReply: 31,
  UserauthRequest: 50,
  UserauthFailure: 51,
  UserauthSuccess: 52,
  UserauthBanner: 53,
  /** 60 to 79 belong to the authentication method that is under way. */
  UserauthPkOk: 60,
  UserauthPasswdChangereq: 60,
  UserauthInfoRequest: 60,
  UserauthInfoResponse: 61,
  GlobalRequest: 80,
  RequestSuccess: 81,
  RequestFailure: 82,
  ChannelOpen: 90,
  ChannelOpenConfirmation: 91,
  ChannelOpenFailure: 92,
  ChannelWindowAdjust: 93,
  ChannelData: 94,
  ChannelExtendedData: 95,
  ChannelEof: 96,
  ChannelClose: 97,
  ChannelRequest: 98,
  ChannelSuccess: 99,
  ChannelFailure: 100,
  /** OpenSSH's PROTOCOL, 1.9. */
  Ping: 192,
  Pong: 193,
} as const;

/** Highest number of the transport's own messages and its key exchange. */
export const TRANSPORT_MESSAGE_MAX = 49;

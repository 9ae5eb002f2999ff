import { randomBytes } from 'node:crypto';
import { ProtocolError } from '../../../wire/protocol-error.ts';
import { decodeCertificate } from '../../../wire/ssh/certificate.ts';
import { decodeKexEcdhInit, encodeKexEcdhInit } from '../../../wire/ssh/kex-ecdh-init.ts';
import { decodeKexEcdhReply, encodeKexEcdhReply } from '../../../wire/ssh/kex-ecdh-reply.ts';
import {
  decodeKexInit,
  encodeKexInit,
  KEX_COOKIE_BYTES,
  type KexInit,
} from '../../../wire/ssh/kexinit.ts';
import { findKeyUse, type KeyUse } from '../../../wire/ssh/key-algorithm.ts';
import { MessageNumber } from '../../../wire/ssh/message-number.ts';
import { decodeNewKeys, encodeNewKeys } from '../../../wire/ssh/new-keys.ts';
import { signData, verifySignature } from '../../../wire/ssh/signature.ts';
import { SshReader } from '../../../wire/ssh/ssh-reader.ts';
import {
  type AgreedAlgorithms,
  type AlgorithmOffer,
  agreeOnAlgorithms,
  asksForStrict,
  isGuessRight,
  markersOf,
  type Role,
  understandsExtInfo,
} from './algorithms.ts';
import { deriveKey, type ExchangeTranscript, hashExchange } from './exchange-hash.ts';
import { type ClientShare, KEY_AGREEMENTS, type KeyAgreement } from './key-agreement.ts';
import { makePacketKeys, type PacketKeys } from './packet-algorithms.ts';
import { TransportError } from './transport-error.ts';
import type { HostKey, SshTransportOptions } from './transport-options.ts';

/** What a key exchange does to the connection it belongs to. */
export interface KeyExchangeOwner {
  /** Sends at once, whatever else waits. */
  sendAtOnce(payload: Buffer): void;
  /** Other messages wait from now on. */
  holdMessages(): void;
  /** What is sent from now on is protected by these. */
  sealWith(keys: PacketKeys): void;
  /** What comes from now on is protected by these. */
  openWith(keys: PacketKeys): void;
}

/** The first lines of both sides. */
export interface Identifications {
  readonly own: string;
  readonly peer: string;
}

type State =
  | { readonly state: 'resting' }
  /** Our KEXINIT is sent. */
  | { readonly state: 'begun'; readonly ownInit: Buffer }
  /** Both are known; the client's value, or the server's answer to it, comes next. */
  | ({ readonly state: 'agreed' } & Agreed)
  /** Our NEWKEYS is sent. */
  | { readonly state: 'switching'; readonly incoming: PacketKeys };

interface Agreed {
  readonly ownInit: Buffer;
  readonly peerInit: Buffer;
  readonly algorithms: AgreedAlgorithms;
  readonly agreement: KeyAgreement;
  /** The client's half, at the client. */
  readonly share: ClientShare | undefined;
}

/** All key exchanges of one connection, one after the other (RFC 4253 sections 7 to 9). */
export class KeyExchange {
  readonly #options: SshTransportOptions;
  readonly #offer: AlgorithmOffer;
  readonly #identifications: Identifications;
  readonly #owner: KeyExchangeOwner;
  #state: State = { state: 'resting' };
  /** The peer guessed a method that was not agreed on: its next message of one is void. */
  #skipsGuess = false;
  #sessionId: Buffer | undefined;
  #isStrict = false;
  #peerUnderstandsExtInfo = false;

  constructor(
    options: SshTransportOptions,
    offer: AlgorithmOffer,
    identifications: Identifications,
    owner: KeyExchangeOwner,
  ) {
    this.#options = options;
    this.#offer = offer;
    this.#identifications = identifications;
    this.#owner = owner;
  }

  /** Of the first exchange; undefined until our first NEWKEYS is sent. */
  get sessionId(): Buffer | undefined {
    return this.#sessionId;
  }

  /** Known from the peer's first KEXINIT on. */
  get isStrict(): boolean {
    return this.#isStrict;
  }

  get peerUnderstandsExtInfo(): boolean {
    return this.#peerUnderstandsExtInfo;
  }

  /** From the first KEXINIT of either side to the peer's NEWKEYS. */
  get isUnderWay(): boolean {
    return this.#state.state !== 'resting';
  }

  /** Whether the peer has begun, and may send nothing else until it is done. */
  get bindsPeer(): boolean {
    return this.#state.state === 'agreed' || this.#state.state === 'switching';
  }

  /** Sends our KEXINIT. */
  begin(): Buffer {
    const ownInit = encodeKexInit(this.#makeInit());
    this.#state = { state: 'begun', ownInit };
    this.#owner.sendAtOnce(ownInit);
    this.#owner.holdMessages();
    return ownInit;
  }

  /**
   * Takes a message with a number from 20 to 49.
   *
   * @param sequenceNumber Of the packet that it came in.
   * @throws {ProtocolError | TransportError} If the exchange cannot succeed.
   */
  receive(payload: Buffer, sequenceNumber: number): void {
    const number = payload[0];
    if (number === MessageNumber.KexInit) return this.#receiveInit(payload, sequenceNumber);
    if (number === MessageNumber.NewKeys) return this.#receiveNewKeys(payload);
    if (this.#state.state !== 'agreed') throw outOfOrder(number);
    if (this.#skipsGuess) {
      this.#skipsGuess = false;
      return;
    }
    if (this.#options.role === 'server' && number === MessageNumber.KexEcdhInit) {
      return this.#answer(payload, this.#state, this.#options.hostKeys);
    }
    if (this.#options.role === 'client' && number === MessageNumber.KexEcdhReply) {
      return this.#receiveReply(payload, this.#state);
    }
    throw outOfOrder(number);
  }

  #makeInit(): KexInit {
    const { keyExchanges, hostKeys, ciphers, macs } = this.#offer;
    const markers = this.#sessionId === undefined ? markersOf(this.#options.role) : [];
    return {
      cookie: randomBytes(KEX_COOKIE_BYTES),
      keyExchanges: [...keyExchanges, ...markers],
      hostKeys,
      ciphersToServer: ciphers,
      ciphersToClient: ciphers,
      macsToServer: macs,
      macsToClient: macs,
      compressionsToServer: ['none'],
      compressionsToClient: ['none'],
      firstKexPacketFollows: false,
    };
  }

  #receiveInit(payload: Buffer, sequenceNumber: number): void {
    if (this.bindsPeer) throw outOfOrder(MessageNumber.KexInit);
    const peerInit = Buffer.from(payload);
    const peer = decodeKexInit(peerInit);
    const peerRole: Role = this.#options.role === 'server' ? 'client' : 'server';
    if (this.#sessionId === undefined) {
      this.#isStrict = asksForStrict(peer, peerRole);
      this.#peerUnderstandsExtInfo = understandsExtInfo(peer, peerRole);
      if (this.#isStrict && sequenceNumber !== 0) {
        throw new ProtocolError('key exchange', 'something came before the first KEXINIT');
      }
    }
    const ownInit = this.#state.state === 'begun' ? this.#state.ownInit : this.begin();
    const own = decodeKexInit(ownInit);
    const [client, server] = peerRole === 'client' ? [peer, own] : [own, peer];
    const algorithms = agreeOnAlgorithms(client, server, this.#isStrict);
    const agreement = KEY_AGREEMENTS.get(algorithms.keyExchange);
    if (agreement === undefined) {
      // A marker that both sides list: nobody honest sends the other side's.
      throw new ProtocolError('key exchange', 'a marker in place of a method');
    }
    this.#skipsGuess = peer.firstKexPacketFollows && !isGuessRight(client, server);
    const share = this.#options.role === 'client' ? agreement.begin() : undefined;
    this.#state = { state: 'agreed', ownInit, peerInit, algorithms, agreement, share };
    if (share !== undefined) this.#owner.sendAtOnce(encodeKexEcdhInit(share.publicValue));
  }

  /** The server's part: our value, our host key, and its signature under all that was said. */
  #answer(payload: Buffer, agreed: Agreed, hostKeys: readonly HostKey[]): void {
    const clientValue = decodeKexEcdhInit(payload);
    const { serverValue, secret } = agreed.agreement.respond(clientValue);
    const use = keyUseOf(agreed.algorithms.hostKey);
    const hostKey = hostKeys.find((candidate) => blobTypeOf(candidate.blob) === use.blobType);
    if (hostKey === undefined)
      throw new TypeError('Cannot exchange keys: offered a host key we lack');
    const values = { hostKey: hostKey.blob, clientValue, serverValue, secret };
    const exchangeHash = hashExchange(agreed.agreement.hash, this.#transcript(agreed, values));
    const signature = signData(hostKey.privateKey, use.signatureAlgorithm, exchangeHash);
    const reply = { hostKey: hostKey.blob, serverValue, signature };
    this.#owner.sendAtOnce(encodeKexEcdhReply(reply));
    this.#switchKeys(agreed, secret, exchangeHash);
  }

  /** The client's part: whether the server holds the key that it shows, and whether it is the right one. */
  #receiveReply(payload: Buffer, agreed: Agreed): void {
    const { share } = agreed;
    if (this.#options.role !== 'client' || share === undefined) throw outOfOrder(payload[0]);
    const { hostKey, serverValue, signature } = decodeKexEcdhReply(payload);
    const use = keyUseOf(agreed.algorithms.hostKey);
    if (blobTypeOf(hostKey) !== use.blobType) {
      throw new ProtocolError('KEX_ECDH_REPLY', 'host key of another type than agreed on');
    }
    const secret = share.finish(serverValue);
    const values = { hostKey, clientValue: share.publicValue, serverValue, secret };
    const exchangeHash = hashExchange(agreed.agreement.hash, this.#transcript(agreed, values));
    const isSigned = verifySignature({
      publicKey: use.isCertificate ? decodeCertificate(hostKey).publicKey : hostKey,
      algorithms: [use.signatureAlgorithm],
      data: exchangeHash,
      signature,
    });
    if (!isSigned) throw hostKeyRefused('it did not sign the key exchange');
    const verdict = this.#options.verifyHostKey(agreed.algorithms.hostKey, hostKey);
    if (verdict.kind === 'refused') throw hostKeyRefused(verdict.reason);
    this.#switchKeys(agreed, secret, exchangeHash);
  }

  #transcript(
    agreed: Agreed,
    values: Pick<ExchangeTranscript, 'hostKey' | 'clientValue' | 'serverValue' | 'secret'>,
  ): ExchangeTranscript {
    const { own, peer } = this.#identifications;
    return this.#options.role === 'client'
      ? {
          clientIdentification: own,
          serverIdentification: peer,
          clientInit: agreed.ownInit,
          serverInit: agreed.peerInit,
          ...values,
        }
      : {
          clientIdentification: peer,
          serverIdentification: own,
          clientInit: agreed.peerInit,
          serverInit: agreed.ownInit,
          ...values,
        };
  }

  #switchKeys(agreed: Agreed, secret: Buffer, exchangeHash: Buffer): void {
    const { hash } = agreed.agreement;
    this.#sessionId ??= exchangeHash;
    const material = { hash, secret, exchangeHash, sessionId: this.#sessionId };
    const { toServer, toClient } = agreed.algorithms;
    const toServerKeys = makePacketKeys(toServer, (purpose, bytes) =>
      deriveKey(material, 'toServer', purpose, bytes),
    );
    const toClientKeys = makePacketKeys(toClient, (purpose, bytes) =>
      deriveKey(material, 'toClient', purpose, bytes),
    );
    const isServer = this.#options.role === 'server';
    this.#state = { state: 'switching', incoming: isServer ? toServerKeys : toClientKeys };
    this.#owner.sendAtOnce(encodeNewKeys());
    this.#owner.sealWith(isServer ? toClientKeys : toServerKeys);
  }

  #receiveNewKeys(payload: Buffer): void {
    if (this.#state.state !== 'switching') throw outOfOrder(MessageNumber.NewKeys);
    decodeNewKeys(payload);
    const { incoming } = this.#state;
    this.#state = { state: 'resting' };
    this.#owner.openWith(incoming);
  }
}

function keyUseOf(hostKeyAlgorithm: string): KeyUse {
  const use = findKeyUse(hostKeyAlgorithm);
  if (use === undefined) throw new TypeError('Cannot exchange keys: offered a key use we lack');
  return use;
}

/** The name that a public key or certificate begins with. */
function blobTypeOf(blob: Buffer): string {
  return new SshReader(blob, 'host key').identifier();
}

function outOfOrder(number: number | undefined): ProtocolError {
  return new ProtocolError('key exchange', `message ${number} out of order`);
}

function hostKeyRefused(reason: string): TransportError {
  return new TransportError('ERR_SSH_HOST_KEY_REFUSED', `Cannot trust host key: ${reason}`);
}

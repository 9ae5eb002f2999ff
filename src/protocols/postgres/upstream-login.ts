import { createHash, randomBytes } from 'node:crypto';
import { type Authentication, decodeAuthentication } from '../../wire/postgres/authentication.ts';
import { decodeBackendKeyData } from '../../wire/postgres/backend-key-data.ts';
import { decodeErrorResponse } from '../../wire/postgres/error-response.ts';
import { BackendType } from '../../wire/postgres/message-framing.ts';
import { decodeParameterStatus } from '../../wire/postgres/parameter-status.ts';
import { encodePasswordMessage } from '../../wire/postgres/password-message.ts';
import { decodeReadyForQuery } from '../../wire/postgres/ready-for-query.ts';
import { encodeSaslInitialResponse } from '../../wire/postgres/sasl-initial-response.ts';
import { encodeSaslResponse } from '../../wire/postgres/sasl-response.ts';
import { encodeStartupMessage } from '../../wire/postgres/startup-message.ts';
import { UpstreamError } from '../upstream-error.ts';
import { KeptKey } from './kept-key.ts';
import { SCRAM_SHA_256_PLUS, type ScramBinding, ScramClient, ScramError } from './scram.ts';
import { hashForChannelBinding, type SecuredChannel } from './secure-channel.ts';
import { ServerRefusalError } from './server-refusal-error.ts';
import { type ReceivedMessage, UpstreamReader } from './upstream-reader.ts';

/** Who logs in, and with which settings. */
export interface LoginOptions {
  readonly user: string;
  readonly database: string;
  readonly password?: string | Buffer;
  /** Settings for the startup message, beside user and database. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** What the server said until it was ready. */
export interface Login {
  /** Last `ParameterStatus` by name. */
  readonly parameters: Map<string, string>;
  readonly backendKey: BackendKey;
  /** Whole `NoticeResponse` messages, as they came. */
  readonly notices: readonly Buffer[];
}

/** What it takes to cancel what this session runs. */
export interface BackendKey {
  readonly processId: number;
  readonly secretKey: Buffer;
}

/**
 * Logs in on a fresh connection and waits until the server is ready. The socket is paused then, and
 * nothing that arrived is lost.
 *
 * @throws {UpstreamError} `ERR_UPSTREAM_LOGIN` if the server refuses or asks for what we do not have
 *   or do not give away, `ERR_UPSTREAM_PROTOCOL` if it speaks out of turn.
 * @throws {ProtocolError} If a message is malformed.
 */
export async function login(secured: SecuredChannel, options: LoginOptions): Promise<Login> {
  using reader = new UpstreamReader(secured.channel);
  const { socket } = secured.channel;
  const parameters = new Map(options.parameters);
  // Last: no setting of a client's may take the place of these.
  parameters.set('user', options.user).set('database', options.database);
  socket.write(encodeStartupMessage(parameters));
  await authenticate({ reader, secured, options });
  return await readUntilReady(reader);
}

interface Dialogue {
  readonly reader: UpstreamReader;
  readonly secured: SecuredChannel;
  readonly options: LoginOptions;
}

async function authenticate(dialogue: Dialogue): Promise<void> {
  const request = await readRequest(dialogue.reader);
  switch (request.type) {
    case 'AuthenticationOk':
      return;
    case 'AuthenticationCleartextPassword':
    case 'AuthenticationMD5Password':
      sendPassword(dialogue, request);
      break;
    case 'AuthenticationSASL':
      await authenticateByScram(dialogue, request.mechanisms);
      break;
    case 'AuthenticationKerberosV5':
    case 'AuthenticationGSS':
    case 'AuthenticationSSPI':
      throw refused(`${request.type} is not supported`);
    case 'AuthenticationGSSContinue':
    case 'AuthenticationSASLContinue':
    case 'AuthenticationSASLFinal':
      throw outOfTurn(request.type);
  }
  // One answer is enough: a second question would be an attempt to get the password in another form.
  const verdict = await readRequest(dialogue.reader);
  if (verdict.type !== 'AuthenticationOk') throw outOfTurn(verdict.type);
}

/** Until the login is done, a server asks, or refuses. Libpq takes nothing else either. */
async function readRequest(reader: UpstreamReader): Promise<Authentication> {
  const message = await reader.message();
  if (message.type === BackendType.ErrorResponse) throw refusedByServer(message);
  if (message.type !== BackendType.Authentication) throw outOfTurn(describeType(message.type));
  return decodeAuthentication(message.body);
}

function sendPassword(
  { secured, options }: Dialogue,
  request: Extract<
    Authentication,
    { type: 'AuthenticationCleartextPassword' | 'AuthenticationMD5Password' }
  >,
): void {
  const password = passwordOf(options);
  const answer =
    request.type === 'AuthenticationCleartextPassword'
      ? password
      : Buffer.from(`md5${md5(md5(password, options.user), request.salt)}`);
  secured.channel.socket.write(encodePasswordMessage(answer));
}

async function authenticateByScram(
  { reader, secured, options }: Dialogue,
  mechanisms: readonly string[],
): Promise<void> {
  const binding = chooseBinding(secured, mechanisms);
  const client = new ScramClient({
    password: passwordOf(options),
    clientNonce: randomBytes(18).toString('base64'),
    binding,
  });
  if (!mechanisms.includes(client.mechanism)) {
    throw refused('the server offers no SASL mechanism that we know');
  }
  const { socket } = secured.channel;
  socket.write(encodeSaslInitialResponse(client.mechanism, client.clientFirst()));
  const first = await readRequest(reader);
  if (first.type !== 'AuthenticationSASLContinue') throw outOfTurn(first.type);
  try {
    socket.write(encodeSaslResponse(await client.clientFinal(first.data)));
    const final = await readRequest(reader);
    if (final.type !== 'AuthenticationSASLFinal') throw outOfTurn(final.type);
    client.verifyServerFinal(final.data);
  } catch (error) {
    if (!(error instanceof ScramError)) throw error;
    throw new UpstreamError('ERR_UPSTREAM_LOGIN', error.message, { cause: error });
  }
}

/** @see RFC 5802, section 6: when to say `y` and when `n` */
function chooseBinding(
  { certificate }: SecuredChannel,
  mechanisms: readonly string[],
): ScramBinding {
  const certificateHash = certificate && hashForChannelBinding(certificate);
  if (certificateHash === undefined) return { kind: 'unsupported' };
  if (!mechanisms.includes(SCRAM_SHA_256_PLUS)) return { kind: 'not-offered' };
  return { kind: 'tls-server-end-point', certificateHash };
}

async function readUntilReady(reader: UpstreamReader): Promise<Login> {
  const parameters = new Map<string, string>();
  const notices: Buffer[] = [];
  let backendKey: BackendKey | undefined;
  for (;;) {
    const message = await reader.message();
    switch (message.type) {
      case BackendType.ParameterStatus: {
        const { name, value } = decodeParameterStatus(message.body);
        parameters.set(name, value);
        continue;
      }
      case BackendType.BackendKeyData: {
        if (backendKey !== undefined) throw outOfTurn('a second cancel key');
        const { processId, secretKey } = decodeBackendKeyData(message.body);
        backendKey = new KeptKey(processId, secretKey);
        continue;
      }
      case BackendType.NoticeResponse:
        notices.push(Buffer.from(message.whole));
        continue;
      case BackendType.ErrorResponse:
        throw refusedByServer(message);
      case BackendType.ReadyForQuery:
        break;
      default:
        throw outOfTurn(describeType(message.type));
    }
    const { transactionStatus } = decodeReadyForQuery(message.body);
    if (transactionStatus !== 'idle') throw outOfTurn('a transaction');
    if (backendKey === undefined) throw outOfTurn('ReadyForQuery without a cancel key');
    // It may not answer what nobody asked.
    if (reader.leftoverBytes > 0) throw outOfTurn('bytes after ReadyForQuery');
    return { parameters, backendKey, notices };
  }
}

function passwordOf({ password }: LoginOptions): Buffer {
  if (password === undefined) {
    throw refused('the server asks for a password and the target has none');
  }
  const bytes = Buffer.from(password);
  if (bytes.includes(0)) throw refused('the password of the target contains a zero byte');
  return bytes;
}

function md5(password: Buffer | string, salt: Uint8Array | string): string {
  return createHash('md5').update(password).update(salt).digest('hex');
}

function describeType(type: number): string {
  return Object.entries(BackendType).find(([, byte]) => byte === type)?.[0] ?? 'an unknown message';
}

function refused(reason: string): UpstreamError {
  return new UpstreamError('ERR_UPSTREAM_LOGIN', reason);
}

function outOfTurn(what: string): UpstreamError {
  return new UpstreamError('ERR_UPSTREAM_PROTOCOL', `${what} came out of turn`);
}

function refusedByServer(message: ReceivedMessage): UpstreamError {
  const { fields } = decodeErrorResponse(message.body);
  const sqlState = fields.get('C') ?? '';
  const known = /^[0-9A-Z]{5}$/.test(sqlState) ? sqlState : 'no SQLSTATE';
  return new ServerRefusalError(`the server refused the login (${known})`, fields);
}

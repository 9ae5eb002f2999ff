import type { AwsDatabaseToken, DatabaseToken } from '../../configuration/cloud-credential.ts';
import type { PostgresCredential } from '../../configuration/postgres-credential.ts';
import { assumeRole } from '../../targets/cloud/aws-roles.ts';
import { azureTokens } from '../../targets/cloud/azure-tokens.ts';
import type { AwsKeys, GetCloudToken, TokenHolder } from '../../targets/cloud/cloud-token.ts';
import { CloudTokens } from '../../targets/cloud/cloud-tokens.ts';
import { googleTokens } from '../../targets/cloud/google-tokens.ts';
import { makeRdsToken } from '../../targets/cloud/rds-token.ts';
import { SecretError } from '../../targets/secret-error.ts';
import type { ResolveSecret } from '../../targets/secret-resolver.ts';
import type { SecretUse } from '../../targets/secrets/secret-use.ts';
import { selectField } from '../../targets/secrets/select-field.ts';
import type { PostgresTarget } from '../../targets/target.ts';

/** What a login at a PostgreSQL server needs. */
export interface LoginSecrets {
  readonly user: string;
  readonly password?: Buffer;
  readonly clientCertificate?: string;
  readonly clientKey?: string;
}

/** Who asks for them. */
export interface LoginQuestion {
  readonly target: PostgresTarget;
  readonly credential: PostgresCredential;
  readonly principalId: string;
}

/** Milliseconds that RDS takes a token for. */
const RDS_TOKEN_MS = 900_000;
/** The keys of a role live for at least so long when they are handed out, and a token ends with them. */
const RDS_TOKEN_OF_ROLE_MS = 300_000;
/** PostgreSQL's `NAMEDATALEN`, less its end. */
const USER_BYTES_MAX = 63;

/** Reads what logins at PostgreSQL servers need: secrets, and tokens of clouds in place of passwords. */
export class LoginSecretReader {
  readonly #resolveSecret: ResolveSecret;
  /** By target as it is configured. */
  readonly #tokens = new Map<string, CloudTokens<string>>();

  constructor(resolveSecret: ResolveSecret) {
    this.#resolveSecret = resolveSecret;
  }

  /**
   * @param use Holds what was leased for as long as the connection lasts.
   * @throws {SecretError|SourceError} If something cannot be had, or cannot be what it is said to be.
   */
  async read(question: LoginQuestion, use: SecretUse): Promise<LoginSecrets> {
    const { credential } = question;
    const { clientCertificate, clientKey } = credential;
    const read = async (reference: string): Promise<string> =>
      (await this.#resolveSecret(reference, use)).toString('utf8');
    return {
      ...(await this.#readUser(question, use)),
      ...(clientCertificate !== undefined && { clientCertificate: await read(clientCertificate) }),
      ...(clientKey !== undefined && { clientKey: await read(clientKey) }),
    };
  }

  /** The server did not take them. Returns whether there are others to try, once. */
  async reread({ target, credential }: LoginQuestion, use: SecretUse): Promise<boolean> {
    const isForgotten = this.#tokens.get(nameOf(target))?.forget() === true;
    return (await use.reread()) || (credential.kind === 'token' && isForgotten);
  }

  async #readUser(
    { target, credential, principalId }: LoginQuestion,
    use: SecretUse,
  ): Promise<Pick<LoginSecrets, 'user' | 'password'>> {
    switch (credential.kind) {
      case 'user': {
        const { user, password } = credential;
        if (password === undefined) return { user };
        return {
          user,
          password: checkPassword(await this.#resolveSecret(password, use), password),
        };
      }
      case 'login': {
        const secret = await this.#resolveSecret(credential.login, use);
        return readLogin(secret, credential.login);
      }
      case 'token': {
        const { user, token } = credential;
        const tokens = this.#findTokens(target, user, token);
        const value = await tokens.get({ principalId, target: target.name });
        return { user, password: Buffer.from(value) };
      }
    }
  }

  #findTokens(target: PostgresTarget, user: string, token: DatabaseToken): CloudTokens<string> {
    const name = nameOf(target);
    let tokens = this.#tokens.get(name);
    if (tokens === undefined) {
      tokens = openTokens(target, user, token);
      this.#tokens.set(name, tokens);
    }
    return tokens;
  }
}

function nameOf({ name, host, port, credential }: PostgresTarget): string {
  return JSON.stringify([name, host, port, credential]);
}

function openTokens(
  target: PostgresTarget,
  user: string,
  token: DatabaseToken,
): CloudTokens<string> {
  switch (token.kind) {
    case 'aws': {
      const isOfRole = token.role !== undefined;
      const ask = askRds(target, user, token);
      return new CloudTokens(ask, clock, isOfRole ? ({ principalId }) => principalId : undefined);
    }
    case 'google':
      return new CloudTokens(googleTokens(token), clock);
    case 'azure':
      return new CloudTokens(azureTokens(token), clock);
  }
}

function askRds(
  { host, port }: PostgresTarget,
  user: string,
  { region, host: hostAtRds, role }: AwsDatabaseToken,
): GetCloudToken<string> {
  const keysOf =
    role && new CloudTokens<AwsKeys>(assumeRole(role), clock, ({ principalId }) => principalId);
  return async (holder: TokenHolder) => {
    const keys = await keysOf?.get(holder);
    const value = await makeRdsToken({ region, host: hostAtRds ?? host, port, user, keys });
    return { value, lifetimeMs: keys === undefined ? RDS_TOKEN_MS : RDS_TOKEN_OF_ROLE_MS };
  };
}

function readLogin(secret: Buffer, reference: string): Pick<LoginSecrets, 'user' | 'password'> {
  const [user, password] = ['username', 'password'].map((field) => {
    const value = selectField(secret, field);
    if (typeof value === 'string') throw new SecretError(`${reference}#${field}`, value);
    return value;
  });
  const name = user?.toString('utf8') ?? '';
  if (name === '' || Buffer.byteLength(name) > USER_BYTES_MAX || /\p{Cc}/u.test(name)) {
    throw new SecretError(`${reference}#username`, 'is no name of a user');
  }
  return { user: name, ...(password && { password: checkPassword(password, reference) }) };
}

/** A password ends at a NUL on its way to the server: what is behind it would not count. */
function checkPassword(secret: Buffer, reference: string): Buffer {
  let end = secret.length;
  // Editors end files with a line feed that nobody means to be part of a password.
  while (end > 0 && (secret[end - 1] === 0x0a || secret[end - 1] === 0x0d)) end -= 1;
  const password = secret.subarray(0, end);
  if (password.length === 0) throw new SecretError(reference, 'is empty');
  if (password.includes(0)) throw new SecretError(reference, 'has a NUL in it');
  return password;
}

function clock(): number {
  return performance.now();
}

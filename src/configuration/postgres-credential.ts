import { z } from 'zod';
import { type DatabaseToken, databaseTokenShape } from './cloud-credential.ts';
import type { ConfigurationRoot } from './configuration-root.ts';
import { line, secretReference, section } from './fields.ts';
import type { SecretReference } from './target-settings.ts';

/** A certificate and its key, beside what else logs in or in its place. */
interface ClientIdentity {
  readonly clientCertificate?: SecretReference;
  readonly clientKey?: SecretReference;
}

/** What the gateway uses to log in to a PostgreSQL target. */
export type PostgresCredential = ClientIdentity &
  (
    | {
        readonly kind: 'user';
        readonly user: string;
        /** Absent when a client certificate alone logs in. */
        readonly password?: SecretReference;
      }
    /** A secret with the fields `username` and `password`, so that they always belong together. */
    | { readonly kind: 'login'; readonly login: SecretReference }
    | { readonly kind: 'token'; readonly user: string; readonly token: DatabaseToken }
  );

/** The schema of the credential of a PostgreSQL target. */
export function postgresCredentialSchema(root: ConfigurationRoot): z.ZodType<PostgresCredential> {
  const reference = secretReference(root);
  return section({
    user: line(63).exactOptional(),
    password: reference.exactOptional(),
    login: reference.exactOptional(),
    ...databaseTokenShape(root),
    clientCertificate: reference.exactOptional(),
    clientKey: reference.exactOptional(),
  }).transform(({ user, password, login, aws, google, azure, ...identity }, context) => {
    const complain = (path: readonly string[], message: string): never => {
      context.issues.push({ code: 'custom', path: [...path], message, input: undefined });
      return z.NEVER;
    };
    if ((identity.clientCertificate === undefined) !== (identity.clientKey === undefined)) {
      const missing = identity.clientKey === undefined ? 'clientKey' : 'clientCertificate';
      return complain([missing], 'must be given too: a certificate and its key only work together');
    }
    const [token, ...others] = [aws, google, azure].filter((given) => given !== undefined);
    const ways = [password, login, token, ...others].filter((way) => way !== undefined);
    if (ways.length > 1) {
      return complain([], 'must have one of password, login, aws, google and azure');
    }
    if (login !== undefined) {
      if (user === undefined) return { kind: 'login', login, ...identity };
      return complain(['user'], 'must not be given: login has the name, too');
    }
    if (user === undefined) return complain(['user'], 'is missing');
    if (token !== undefined) return { kind: 'token', user, token, ...identity };
    return { kind: 'user', user, ...(password !== undefined && { password }), ...identity };
  });
}

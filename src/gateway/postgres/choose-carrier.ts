import type { PostgresListener } from '../../configuration/listener-settings.ts';
import type { Configuration } from '../../configuration/load-configuration.ts';
import type { TokenCarrier } from '../../protocols/postgres/sign-in.ts';

/**
 * How clients of a listener present their tokens. By OAUTHBEARER they are told to ask the first provider for people for
 * the scopes that `sallyport login` asks for: a token without the groups would be of somebody who is in none.
 */
export function chooseCarrier(
  { authentication }: Pick<PostgresListener, 'authentication'>,
  { identity }: Pick<Configuration, 'identity'>,
): TokenCarrier {
  const people = identity.providers.find(({ kind }) => kind === 'person');
  if (authentication === 'password' || people === undefined) return { kind: 'password' };
  const { issuer, scopes } = people;
  // Its clients sign in for one connection: nothing is to be refreshed.
  const wanted = scopes.filter((scope) => scope !== 'offline_access' && scope !== 'openid');
  return { kind: 'oauthbearer', issuer, scope: ['openid', ...wanted].join(' ') };
}

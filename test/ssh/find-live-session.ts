import type { SessionList } from '../../src/api/session.ts';
import type { SshEnvironment } from './environment.ts';

/** The id of the newest session of somebody that runs. */
export async function findLiveSession(world: SshEnvironment, subject: string): Promise<string> {
  const path = '/v1/sessions?state=live&mine=true';
  const { sessions } = await world.callApi<SessionList>(subject, 'GET', path);
  const [session] = sessions;
  if (session === undefined) throw new Error(`Cannot find a session of ${subject}: none runs`);
  return session.id;
}

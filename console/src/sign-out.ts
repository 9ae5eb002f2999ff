import { answer, api } from './api-client.ts';

/** Ends the sign-in, and leaves for where the identity provider's ends too, if it has such a place. */
export async function signOut(): Promise<void> {
  const { providerUrl } = await answer(api.POST('/v1/sign-out'));
  location.assign(providerUrl ?? '/');
}

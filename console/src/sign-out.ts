/** Ends the sign-in here, and shows the way back in. */
export async function signOut(): Promise<void> {
  location.assign('/');
}

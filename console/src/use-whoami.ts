import { createContext, useContext } from 'react';
import type { Whoami } from '../../src/api/whoami.ts';

/** Who is signed in; set once they are. */
export const WhoamiContext: React.Context<Whoami | undefined> = createContext<Whoami | undefined>(
  undefined,
);

/** Who is signed in. Only below `SignedIn`. */
export function useWhoami(): Whoami {
  const me = useContext(WhoamiContext);
  if (me === undefined) throw new Error('Cannot say who is signed in: nobody is');
  return me;
}

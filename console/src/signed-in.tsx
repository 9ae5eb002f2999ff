import { Center, Loader } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactElement, ReactNode } from 'react';
import { answer, api, rememberCsrfToken } from './api-client.ts';
import { ProblemError } from './problem-error.ts';
import { Failure } from './query-view.tsx';
import { SignInPage } from './sign-in-page.tsx';
import { WhoamiContext } from './use-whoami.ts';

/** Shows the console to whoever is signed in, and the ways to sign in to everybody else. */
export function SignedIn({ children }: { readonly children: ReactNode }): ReactElement {
  const { data, error, refetch } = useQuery({
    queryKey: ['whoami'],
    queryFn: async () => {
      const me = await answer(api.GET('/v1/whoami'));
      rememberCsrfToken(me.csrfToken);
      return me;
    },
  });
  if (error instanceof ProblemError && error.code === 'not-signed-in') return <SignInPage />;
  if (data !== undefined) return <WhoamiContext value={data}>{children}</WhoamiContext>;
  return (
    <Center mih="100vh" p="md" component="main">
      {error === null ? (
        <Loader aria-label="Loading" />
      ) : (
        <Failure error={error} onRetry={() => void refetch()} />
      )}
    </Center>
  );
}

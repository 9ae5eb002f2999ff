import { MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { BrowserRouter } from 'react-router';
import { isRefusal } from './problem-error.ts';
import { Shell } from './shell.tsx';
import { SignedIn } from './signed-in.tsx';
import { THEME } from './theme.ts';

/** Milliseconds for which an answer is shown without asking again; what changes is announced by events. */
const FRESH_MS = 10_000;
/** Times that a failed request is repeated; what was refused is not. */
const RETRIES_MAX = 2;

const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: FRESH_MS,
      retry: (count, error) => !isRefusal(error) && count < RETRIES_MAX,
    },
  },
});

/** The whole console. */
export function App(): ReactElement {
  return (
    <MantineProvider theme={THEME} defaultColorScheme="auto" getStyleNonce={readNonce}>
      <Notifications position="bottom-right" />
      <QueryClientProvider client={queryClient}>
        <BrowserRouter>
          <SignedIn>
            <Shell />
          </SignedIn>
        </BrowserRouter>
      </QueryClientProvider>
    </MantineProvider>
  );
}

/** The page's policy lets style elements in only with the nonce that the gateway put into the page. */
function readNonce(): string {
  return document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? '';
}

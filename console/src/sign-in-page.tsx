import { Button, Center, Paper, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { useLocation } from 'react-router';
import { answer, api } from './api-client.ts';
import { Nothing, QueryView } from './query-view.tsx';

/** The ways to sign in. Whoever came by a link is brought back to it. */
export function SignInPage(): ReactElement {
  const { pathname, search } = useLocation();
  const ways = useQuery({
    queryKey: ['client-configuration'],
    queryFn: () => answer(api.GET('/v1/client-configuration')),
  });
  return (
    <Center mih="100vh" p="md" component="main">
      <title>Sign in · Sallyport</title>
      <Paper withBorder p="xl" w={380} maw="100%">
        <Stack>
          <Stack gap={4} align="center">
            <img src="/console-icon.svg" alt="" width={48} height={48} />
            <Title order={1} size="h3">
              Sallyport
            </Title>
            <Text size="sm" c="dimmed" ta="center">
              Every access to protected health information passes here.
            </Text>
          </Stack>
          <QueryView query={ways}>
            {({ browserSignIns }) =>
              browserSignIns.length === 0 ? (
                <Nothing>No identity provider for people is configured.</Nothing>
              ) : (
                <Stack gap="xs">
                  {browserSignIns.map(({ name, path }) => (
                    <Button
                      key={path}
                      component="a"
                      href={withReturn(path, pathname + search)}
                      fullWidth
                    >
                      Sign in with {name}
                    </Button>
                  ))}
                </Stack>
              )
            }
          </QueryView>
        </Stack>
      </Paper>
    </Center>
  );
}

function withReturn(path: string, to: string): string {
  return `${path}${path.includes('?') ? '&' : '?'}return=${encodeURIComponent(to)}`;
}

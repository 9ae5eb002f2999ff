import { Alert, Button, Center, Loader, Stack, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { ProblemError } from './problem-error.ts';

/** Shows what a question was answered, or that it is being asked, or why there is no answer. */
export function QueryView<Data>({
  query,
  children,
}: {
  readonly query: UseQueryResult<Data>;
  readonly children: (data: Data) => ReactElement;
}): ReactElement {
  if (query.data !== undefined) return children(query.data);
  if (query.isError) return <Failure error={query.error} onRetry={() => void query.refetch()} />;
  return (
    <Center py="xl">
      <Loader aria-label="Loading" />
    </Center>
  );
}

/** Says what went wrong and what can be done about it. */
export function Failure({
  error,
  onRetry,
}: {
  readonly error: Error;
  readonly onRetry?: () => void;
}): ReactElement {
  const hint = error instanceof ProblemError ? error.hint : undefined;
  return (
    <Alert
      color="red"
      variant="outline"
      role="alert"
      icon={<IconAlertTriangle aria-hidden />}
      title={error.message}
    >
      <Stack gap="xs" align="flex-start">
        {hint !== undefined && <Text size="sm">{hint}</Text>}
        {onRetry !== undefined && (
          <Button size="xs" variant="default" onClick={onRetry}>
            Try again
          </Button>
        )}
      </Stack>
    </Alert>
  );
}

/** Nothing to show, and why that is. */
export function Nothing({ children }: { readonly children: string }): ReactElement {
  return (
    <Text c="dimmed" py="lg" ta="center">
      {children}
    </Text>
  );
}

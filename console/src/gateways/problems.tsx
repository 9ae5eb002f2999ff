import { Alert, List } from '@mantine/core';
import type { ReactElement } from 'react';

/** What is wrong with a gateway's process or a connector; nothing where nothing is. */
export function Problems({
  name,
  state,
  problems,
}: {
  readonly name: string;
  readonly state: string;
  readonly problems: readonly string[];
}): ReactElement | null {
  if (problems.length === 0) return null;
  return (
    <Alert
      color={state === 'silent' ? 'red' : 'yellow'}
      variant="outline"
      title={name}
      role="alert"
    >
      <List size="sm" listStyleType="none">
        {problems.map((problem) => (
          <List.Item key={problem}>{problem}</List.Item>
        ))}
      </List>
    </Alert>
  );
}

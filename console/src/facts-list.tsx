import { Box, Text } from '@mantine/core';
import type { ReactElement, ReactNode } from 'react';
import { showInvisible } from '../../src/api/show-invisible.ts';

/** Names and values, one below the other. What has no value is left out; in texts, what is not seen is shown. */
export function FactsList({
  facts,
}: {
  readonly facts: readonly (readonly [name: string, value: ReactNode])[];
}): ReactElement {
  return (
    <Box component="dl" className="facts">
      {facts
        .filter(([, value]) => value !== undefined && value !== '')
        .map(([name, value]) => (
          <div key={name}>
            <Text component="dt" size="sm" c="dimmed">
              {name}
            </Text>
            <Text component="dd" size="sm">
              {typeof value === 'string' ? showInvisible(value) : value}
            </Text>
          </div>
        ))}
    </Box>
  );
}

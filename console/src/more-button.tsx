import { Button, Center } from '@mantine/core';
import type { ReactElement } from 'react';

/** Asks for the next page of a list; nothing on the last one. */
export function MoreButton({
  onMore,
}: {
  readonly onMore: (() => void) | undefined;
}): ReactElement | null {
  if (onMore === undefined) return null;
  return (
    <Center>
      <Button variant="default" onClick={onMore}>
        More
      </Button>
    </Center>
  );
}

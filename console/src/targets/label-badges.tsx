import { Badge } from '@mantine/core';
import type { ReactElement } from 'react';

/** A target's labels, as policies see them. */
export function LabelBadges({
  labels,
}: {
  readonly labels: Readonly<Record<string, string>>;
}): ReactElement {
  return (
    <>
      {Object.entries(labels).map(([name, value]) => (
        <Badge key={name} variant="default" tt="none">
          {name}={value}
        </Badge>
      ))}
    </>
  );
}

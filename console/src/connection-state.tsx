import { Alert } from '@mantine/core';
import { type ReactElement, useEffect, useState } from 'react';

/** Milliseconds for which the page says that all is well again. */
const GOOD_NEWS_MS = 6_000;

/** Says that the gateway is not heard, and for a while that it is heard again. */
export function ConnectionState({ isHeard }: { readonly isHeard: boolean }): ReactElement {
  const [wasLost, setWasLost] = useState(false);
  useEffect(() => {
    if (!isHeard) setWasLost(true);
    if (!isHeard || !wasLost) return undefined;
    const timer = setTimeout(() => setWasLost(false), GOOD_NEWS_MS);
    return () => clearTimeout(timer);
  }, [isHeard, wasLost]);
  return (
    <div role="status">
      {!isHeard && (
        <Alert color="yellow" variant="outline" mb="md" title="The gateway cannot be reached">
          What you see may be out of date. This page connects again by itself.
        </Alert>
      )}
      {isHeard && wasLost && (
        <Alert color="green" variant="outline" mb="md" title="Connected again">
          What you see is up to date.
        </Alert>
      )}
    </div>
  );
}

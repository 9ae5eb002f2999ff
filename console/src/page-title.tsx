import { Title } from '@mantine/core';
import type { ReactElement } from 'react';

/** The one heading of the first order that a page has; names the browser's tab, too. */
export function PageTitle({ children }: { readonly children: string }): ReactElement {
  return (
    <>
      <title>{`${children} · Sallyport`}</title>
      <Title order={1} size="h2" mb="md">
        {children}
      </Title>
    </>
  );
}

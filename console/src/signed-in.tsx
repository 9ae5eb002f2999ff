import type { ReactElement, ReactNode } from 'react';
/** x */
export function SignedIn({ children }: { readonly children: ReactNode }): ReactElement {
  return <>{children}</>;
}

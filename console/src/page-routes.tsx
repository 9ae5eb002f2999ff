import type { ReactElement } from 'react';
import { Route, Routes } from 'react-router';
import { Nothing } from './query-view.tsx';

/** Which page is shown at which path. */
export function PageRoutes(): ReactElement {
  return (
    <Routes>
      <Route path="*" element={<Nothing>There is no such page.</Nothing>} />
    </Routes>
  );
}

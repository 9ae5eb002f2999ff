import { Center, Loader } from '@mantine/core';
import { lazy, type ReactElement, Suspense } from 'react';
import { Route, Routes } from 'react-router';
import { Nothing } from './query-view.tsx';

const AccountPage = lazy(async () => ({
  default: (await import('./account/account-page.tsx')).AccountPage,
}));
const AlertPage = lazy(async () => ({
  default: (await import('./alerts/alert-page.tsx')).AlertPage,
}));
const AlertsPage = lazy(async () => ({
  default: (await import('./alerts/alerts-page.tsx')).AlertsPage,
}));
const EntryPage = lazy(async () => ({
  default: (await import('./ledger/entry-page.tsx')).EntryPage,
}));
const ExportsPage = lazy(async () => ({
  default: (await import('./exports/exports-page.tsx')).ExportsPage,
}));
const GatewaysPage = lazy(async () => ({
  default: (await import('./gateways/gateways-page.tsx')).GatewaysPage,
}));
const LedgerPage = lazy(async () => ({
  default: (await import('./ledger/ledger-page.tsx')).LedgerPage,
}));
const OverviewPage = lazy(async () => ({
  default: (await import('./overview/overview-page.tsx')).OverviewPage,
}));
const PeoplePage = lazy(async () => ({
  default: (await import('./people/people-page.tsx')).PeoplePage,
}));
const PoliciesPage = lazy(async () => ({
  default: (await import('./policies/policies-page.tsx')).PoliciesPage,
}));
const ReportsPage = lazy(async () => ({
  default: (await import('./reports/reports-page.tsx')).ReportsPage,
}));
const RequestPage = lazy(async () => ({
  default: (await import('./requests/request-page.tsx')).RequestPage,
}));
const RequestsPage = lazy(async () => ({
  default: (await import('./requests/requests-page.tsx')).RequestsPage,
}));
const SessionPage = lazy(async () => ({
  default: (await import('./sessions/session-page.tsx')).SessionPage,
}));
const SessionsPage = lazy(async () => ({
  default: (await import('./sessions/sessions-page.tsx')).SessionsPage,
}));
const TargetPage = lazy(async () => ({
  default: (await import('./targets/target-page.tsx')).TargetPage,
}));
const TargetsPage = lazy(async () => ({
  default: (await import('./targets/targets-page.tsx')).TargetsPage,
}));

/** Which page is shown at which path. Each is loaded when it is first shown. */
export function PageRoutes(): ReactElement {
  return (
    <Suspense
      fallback={
        <Center py="xl">
          <Loader aria-label="Loading" />
        </Center>
      }
    >
      <Routes>
        <Route path="/" element={<OverviewPage />} />
        <Route path="/requests" element={<RequestsPage />} />
        <Route path="/requests/:id" element={<RequestPage />} />
        <Route path="/sessions" element={<SessionsPage />} />
        <Route path="/sessions/:id" element={<SessionPage />} />
        <Route path="/targets" element={<TargetsPage />} />
        <Route path="/targets/:name" element={<TargetPage />} />
        <Route path="/gateways" element={<GatewaysPage />} />
        <Route path="/policies" element={<PoliciesPage />} />
        <Route path="/ledger" element={<LedgerPage />} />
        <Route path="/ledger/:log/:index" element={<EntryPage />} />
        <Route path="/alerts" element={<AlertsPage />} />
        <Route path="/alerts/:id" element={<AlertPage />} />
        <Route path="/exports" element={<ExportsPage />} />
        <Route path="/reports" element={<ReportsPage />} />
        <Route path="/people" element={<PeoplePage />} />
        <Route path="/account" element={<AccountPage />} />
        <Route path="*" element={<Nothing>There is no such page.</Nothing>} />
      </Routes>
    </Suspense>
  );
}

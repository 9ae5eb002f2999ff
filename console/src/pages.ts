import {
  IconBell,
  IconBook2,
  IconChecklist,
  IconDatabase,
  IconFileText,
  IconGauge,
  IconHistory,
  IconScale,
  IconServer2,
  IconShare3,
  IconUsers,
} from '@tabler/icons-react';

/** One page of the console. */
export interface Page {
  readonly path: string;
  readonly title: string;
  /** Pressed after `g`. */
  readonly key: string;
  readonly icon: typeof IconGauge;
}

/** The pages, in the order of the navigation. */
export const PAGES: readonly Page[] = [
  { path: '/', title: 'Overview', key: 'o', icon: IconGauge },
  { path: '/requests', title: 'Requests', key: 'r', icon: IconChecklist },
  { path: '/alerts', title: 'Alerts', key: 'a', icon: IconBell },
  { path: '/sessions', title: 'Sessions', key: 's', icon: IconHistory },
  { path: '/targets', title: 'Targets', key: 't', icon: IconDatabase },
  { path: '/gateways', title: 'Gateways and connectors', key: 'w', icon: IconServer2 },
  { path: '/policies', title: 'Policies', key: 'p', icon: IconScale },
  { path: '/ledger', title: 'Ledger', key: 'l', icon: IconBook2 },
  { path: '/exports', title: 'Exports', key: 'x', icon: IconShare3 },
  { path: '/reports', title: 'Reports', key: 'd', icon: IconFileText },
  { path: '/people', title: 'People and grants', key: 'e', icon: IconUsers },
];

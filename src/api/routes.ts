import { ACCESS_ROUTES } from './access-routes.ts';
import { CONFIGURATION_ROUTES } from './configuration-routes.ts';
import { CONNECTOR_ROUTES } from './connector-routes.ts';
import { DISCLOSURE_ROUTES } from './disclosure-routes.ts';
import { EVIDENCE_ROUTES } from './evidence-routes.ts';
import { EXPORT_ROUTES } from './export-routes.ts';
import { GATEWAY_ROUTES } from './gateway-routes.ts';
import { LEDGER_ROUTES } from './ledger-routes.ts';
import { POLICY_ROUTES } from './policy-routes.ts';
import type { Route } from './route.ts';
import { SERVICE_ROUTES } from './service-routes.ts';
import { SESSION_ROUTES } from './session-routes.ts';
import { SIGN_IN_ROUTES } from './sign-in-routes.ts';
import { TARGET_ROUTES } from './target-routes.ts';

/** The whole contract, in the order a client meets it. What is not in it is not served. */
export const ROUTES: readonly Route[] = [
  ...SIGN_IN_ROUTES,
  ...ACCESS_ROUTES,
  ...TARGET_ROUTES,
  ...CONFIGURATION_ROUTES,
  ...GATEWAY_ROUTES,
  ...CONNECTOR_ROUTES,
  ...DISCLOSURE_ROUTES,
  ...SESSION_ROUTES,
  ...POLICY_ROUTES,
  ...LEDGER_ROUTES,
  ...EXPORT_ROUTES,
  ...EVIDENCE_ROUTES,
  ...SERVICE_ROUTES,
];

import {
  alertClosingSchema,
  alertListQuerySchema,
  alertListSchema,
  alertPathSchema,
  raisedAlertSchema,
} from './alert.ts';
import { problemSchema } from './problem.ts';
import { reportAnswerSchema, reportQuerySchema } from './report.ts';
import { JSON_TYPE, type Route } from './route.ts';

/** What is made of the ledger: alerts, and reports for auditors. */
export const EVIDENCE_ROUTES: readonly Route[] = [
  {
    id: 'listAlerts',
    method: 'GET',
    path: '/v1/alerts',
    summary: 'What rules over the ledger found, newest first',
    access: { kind: 'gateway-policy', action: 'audit.read' },
    query: alertListQuerySchema,
    answer: { mediaType: JSON_TYPE, schema: alertListSchema },
    problem: problemSchema,
  },
  {
    id: 'getAlert',
    method: 'GET',
    path: '/v1/alerts/{id}',
    summary: 'One alert, with the entries behind it',
    access: { kind: 'gateway-policy', action: 'audit.read' },
    pathParameters: alertPathSchema,
    answer: { mediaType: JSON_TYPE, schema: raisedAlertSchema },
    problem: problemSchema,
  },
  {
    id: 'closeAlert',
    method: 'POST',
    path: '/v1/alerts/{id}/close',
    summary: 'Dismiss an alert as a false alarm, or confirm it, with a reason',
    access: { kind: 'gateway-policy', action: 'alert.close' },
    pathParameters: alertPathSchema,
    json: alertClosingSchema,
    takesIdempotencyKey: true,
    answer: { mediaType: JSON_TYPE, schema: raisedAlertSchema },
    problem: problemSchema,
  },
  {
    id: 'makeHipaaReport',
    method: 'GET',
    path: '/v1/reports/hipaa',
    summary: 'Verify the ledger and make a report of a period for auditors, from the ledger alone',
    access: { kind: 'gateway-policy', action: 'audit.read' },
    query: reportQuerySchema,
    weight: 100,
    answer: { mediaType: JSON_TYPE, schema: reportAnswerSchema },
    problem: problemSchema,
  },
];

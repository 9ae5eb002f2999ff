import {
  checkpointListSchema,
  checkpointQuerySchema,
  ledgerEntryListSchema,
  ledgerEntryQuerySchema,
  ledgerLogListSchema,
  ledgerProofPathSchema,
  ledgerProofSchema,
} from './ledger.ts';
import { problemSchema } from './problem.ts';
import { JSON_TYPE, type Route } from './route.ts';

/** The ledger, with all that is needed to verify it elsewhere. */
export const LEDGER_ROUTES: readonly Route[] = [
  {
    id: 'listLedgerLogs',
    method: 'GET',
    path: '/v1/ledger/logs',
    summary: 'The logs of the ledger',
    access: { kind: 'gateway-policy', action: 'audit.read' },
    answer: { mediaType: JSON_TYPE, schema: ledgerLogListSchema },
    problem: problemSchema,
  },
  {
    id: 'listCheckpoints',
    method: 'GET',
    path: '/v1/ledger/checkpoints',
    summary: 'Signed checkpoints of a log, newest first',
    access: { kind: 'gateway-policy', action: 'audit.read' },
    query: checkpointQuerySchema,
    answer: { mediaType: JSON_TYPE, schema: checkpointListSchema },
    problem: problemSchema,
  },
  {
    id: 'listLedgerEntries',
    method: 'GET',
    path: '/v1/ledger/entries',
    summary: 'Entries of a log, newest first',
    access: { kind: 'gateway-policy', action: 'audit.read' },
    query: ledgerEntryQuerySchema,
    weight: 20,
    answer: { mediaType: JSON_TYPE, schema: ledgerEntryListSchema },
    problem: problemSchema,
  },
  {
    id: 'proveLedgerEntry',
    method: 'GET',
    path: '/v1/ledger/entries/{log}/{index}/proof',
    summary: 'Proof that an entry is in its log',
    access: { kind: 'gateway-policy', action: 'audit.read' },
    pathParameters: ledgerProofPathSchema,
    weight: 20,
    answer: { mediaType: JSON_TYPE, schema: ledgerProofSchema },
    problem: problemSchema,
  },
];

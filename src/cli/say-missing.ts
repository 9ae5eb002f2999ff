import type { LedgerCoverage } from '../api/ledger-coverage.ts';
import type { Terminal } from './terminal.ts';
import { escapeLine } from './terminal-text.ts';

/** Says which logs an answer leaves out: nobody should take the rest for all there is. */
export function sayMissing(
  terminal: Pick<Terminal, 'say'>,
  { missing }: Pick<LedgerCoverage, 'missing'>,
): void {
  if (missing.length === 0) return;
  const names = missing.map(escapeLine).join(', ');
  terminal.say(`Not looked through: ${names}. The gateways that write these logs do not answer.`);
}

import { showInvisible } from '../../api/show-invisible.ts';
import type { Alert } from '../../signals/alert-store.ts';

/** What a channel says about an alert. Like the alert, it holds no statement and no value. */
export interface Warning {
  readonly alertId: string;
  /** One line. */
  readonly title: string;
  readonly facts: readonly (readonly [name: string, value: string])[];
  /** Undefined where no console's URL is configured. */
  readonly url: string | undefined;
}

/** Says what a channel is to be told of an alert. */
export function composeWarning(alert: Alert, consoleUrl: string | undefined): Warning {
  const { id, rule, principalId, target, atMs, summary, entries } = alert;
  return {
    alertId: id,
    title: `Alert: ${showInvisible(summary)}`,
    facts: [
      ['Rule', rule],
      ['Who', principalId === '' ? 'nobody who had signed in' : showInvisible(principalId)],
      ['Target', target ?? 'several, or none'],
      ['When', new Date(atMs).toISOString()],
      ['Entries', entries.map(({ log, seq }) => `${log}/${seq}`).join(', ')],
    ],
    url: consoleUrl && `${consoleUrl}/alerts/${id}`,
  };
}

import type { Alert, AlertStore } from '../../src/signals/alert-store.ts';

/** Alerts of a control plane without a store, all of them on one page. */
export class MemoryAlerts implements Pick<AlertStore, 'find' | 'list' | 'count' | 'close'> {
  readonly #alerts = new Map<string, Alert>();

  constructor(alerts: readonly Alert[] = []) {
    for (const alert of alerts) this.#alerts.set(alert.id, alert);
  }

  async find(id: string): ReturnType<AlertStore['find']> {
    return this.#alerts.get(id);
  }

  async list({ state }: Parameters<AlertStore['list']>[0]): ReturnType<AlertStore['list']> {
    const all = [...this.#alerts.values()];
    const alerts = all.filter((alert) => state === undefined || alert.state === state);
    return { alerts, nextCursor: undefined };
  }

  async count(): ReturnType<AlertStore['count']> {
    return [...this.#alerts.values()].map(({ rule, state }) => ({ rule, state, count: 1 }));
  }

  async close(
    ...[id, state, closing]: Parameters<AlertStore['close']>
  ): ReturnType<AlertStore['close']> {
    const alert = this.#alerts.get(id);
    if (alert?.state !== 'open') return undefined;
    const closed = { ...alert, state, closing };
    this.#alerts.set(id, closed);
    return closed;
  }
}

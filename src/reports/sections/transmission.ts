import { fieldsOf, textOf } from '../../audit/entry-fields.ts';
import { RULES } from '../rules.ts';
import type { SectionCollector } from '../section-collector.ts';
import { Tally } from '../tally.ts';

/** How what went over networks was protected. */
export function collectTransmission(): SectionCollector {
  const sessions = new Tally<{ count: number }>(() => ({ count: 0 }));
  const listeners = new Tally<{ lastAt: string }>(() => ({ lastAt: '' }));
  const upstream = new Map<string, string>();
  return {
    add({ entry, isWithin, actor }) {
      if (entry.kind === 'configuration.target') {
        upstream.set(textOf(entry['target']) ?? '', textOf(entry['tls']) ?? 'unknown');
      }
      if (entry.kind === 'configuration.apply' && Array.isArray(entry['listeners'])) {
        for (const listener of entry['listeners']) {
          const { protocol, address, tls } = fieldsOf(listener);
          const figures = listeners.find(
            textOf(protocol) ?? '',
            textOf(address) ?? '',
            textOf(tls) ?? '',
          );
          if (figures !== undefined) figures.lastAt = entry.at;
        }
      }
      if (entry.kind !== 'session.start' || !isWithin || actor === undefined) return;
      const downstream =
        entry['tls'] === true ? 'TLS' : entry['tls'] === false ? 'none' : 'unknown';
      const figures = sessions.find(
        actor.target,
        downstream,
        upstream.get(actor.target) ?? 'unknown',
      );
      if (figures !== undefined) figures.count += 1;
    },
    finish: () => ({
      id: 'transmission',
      title: 'Transmission security',
      rules: [RULES.transmission, RULES.proposedEncryption],
      notes: [
        'Clients without TLS are only accepted on loopback addresses, where the configuration says so. Towards targets, `verify-full` checks certificate and name; `require` encrypts and checks nothing.',
      ],
      tables: [
        {
          id: 'sessions-tls',
          title: 'Sessions by protection',
          columns: ['Target', 'Client to gateway', 'Gateway to target', 'Sessions'],
          rows: sessions.rows(({ count }) => [count]),
          omitted: sessions.omitted,
        },
        {
          id: 'listeners',
          title: 'Listeners',
          columns: ['Protocol', 'Address', 'TLS', 'Last configured'],
          rows: listeners.rows(({ lastAt }) => [lastAt]),
          omitted: listeners.omitted,
        },
      ],
    }),
  };
}

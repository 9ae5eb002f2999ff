import { textOf } from '../../audit/entry-fields.ts';
import type { Cell } from '../report.ts';
import { RULES } from '../rules.ts';
import type { SectionCollector } from '../section-collector.ts';

const VERSIONS_MAX = 5_000;

/** Which versions of configuration and policies were in force. */
export function collectConfiguration(): SectionCollector {
  const versions: (readonly Cell[])[] = [];
  const changes: (readonly Cell[])[] = [];
  let omitted = 0;
  return {
    add({ entry, logName, isWithin }) {
      if (!isWithin) return;
      const { kind, at } = entry;
      if (kind !== 'configuration.apply' && kind !== 'configuration.change') return;
      if (versions.length + changes.length >= VERSIONS_MAX) {
        omitted += 1;
        return;
      }
      if (kind === 'configuration.apply') {
        versions.push([
          at,
          logName,
          textOf(entry['configurationSha256']) ?? '',
          textOf(entry['policyVersion']) ?? '',
        ]);
      } else {
        changes.push([at, textOf(entry['principal']) ?? '', textOf(entry['file']) ?? '']);
      }
    },
    finish: () => ({
      id: 'configuration',
      title: 'Configuration versions',
      rules: [RULES.documentation, RULES.evaluation],
      notes: [
        'Digests are SHA-256 over the files of the configuration and over the policies. Each process of a gateway enters what it applies.',
      ],
      tables: [
        {
          id: 'versions',
          title: 'Versions that came into force',
          columns: ['At', 'Log', 'Configuration', 'Policies'],
          rows: versions,
          omitted,
        },
        {
          id: 'configuration-changes',
          title: 'Changes made through the console',
          columns: ['At', 'Principal', 'File'],
          rows: changes,
          omitted: 0,
        },
      ],
    }),
  };
}

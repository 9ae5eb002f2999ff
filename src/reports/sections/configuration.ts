import { textOf } from '../../audit/entry-fields.ts';
import type { Cell } from '../report.ts';
import { RULES } from '../rules.ts';
import type { SectionCollector } from '../section-collector.ts';

const VERSIONS_MAX = 5_000;
const CHANGES_MAX = 5_000;

/** Which versions of configuration and policies were in force. */
export function collectConfiguration(): SectionCollector {
  const versions: (readonly Cell[])[] = [];
  const changes: (readonly Cell[])[] = [];
  let [versionsOmitted, changesOmitted] = [0, 0];
  return {
    add({ entry, logName, isWithin }) {
      if (!isWithin) return;
      const { kind, at } = entry;
      if (kind === 'configuration.apply') {
        const { configurationSha256, policyVersion } = entry;
        if (versions.length < VERSIONS_MAX) {
          versions.push([
            at,
            logName,
            textOf(configurationSha256) ?? '',
            textOf(policyVersion) ?? '',
          ]);
        } else versionsOmitted += 1;
      }
      if (kind === 'configuration.change') {
        if (changes.length < CHANGES_MAX) {
          changes.push([at, textOf(entry['principal']) ?? '', textOf(entry['file']) ?? '']);
        } else changesOmitted += 1;
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
          omitted: versionsOmitted,
        },
        {
          id: 'configuration-changes',
          title: 'Changes made through the console',
          columns: ['At', 'Principal', 'File'],
          rows: changes,
          omitted: changesOmitted,
        },
      ],
    }),
  };
}

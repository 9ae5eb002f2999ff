import type { ConfigurationProblem } from './configuration-error.ts';
import type { HttpSettings } from './http-settings.ts';
import type { PlacedTarget } from './read-documents.ts';

/** A name must lead to one target, whoever is asked. */
export function checkSites(
  { suffix, hostNames }: HttpSettings,
  targets: readonly PlacedTarget[],
): readonly ConfigurationProblem[] {
  const problems: ConfigurationProblem[] = [];
  const hosts = new Set([suffix, ...hostNames]);
  const prefixes = new Set<string>();
  for (const { target, positions } of targets) {
    if (target.kind !== 'http' && target.kind !== 'kubernetes') continue;
    for (const [index, host] of target.hosts.entries()) {
      if (hosts.has(host)) {
        problems.push(positions.problem(['hosts', index], 'leads elsewhere already'));
      } else if (host.endsWith(`.${suffix}`)) {
        const message = `must not end with the suffix .${suffix}: such names are those of targets`;
        problems.push(positions.problem(['hosts', index], message));
      }
      hosts.add(host);
    }
    if (target.pathPrefix === undefined) continue;
    if (prefixes.has(target.pathPrefix)) {
      problems.push(positions.problem(['pathPrefix'], 'is that of another target'));
    }
    prefixes.add(target.pathPrefix);
  }
  return problems;
}

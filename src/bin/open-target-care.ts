import type { TargetHealth } from '../api/target.ts';
import { withoutDecided } from '../configuration/merge-data-map.ts';
import type { ControlPlaneServices } from '../control-plane/services.ts';
import { PostgresTargets } from '../gateway/postgres/postgres-targets.ts';
import type { Target } from '../targets/target.ts';
import type { Log } from '../telemetry/log.ts';
import { changeDataMap } from './change-data-map.ts';
import { checkTarget } from './check-target.ts';
import { discoverColumns } from './discover-columns.ts';
import type { GatewayProcess } from './gateway-process.ts';
import type { Environment } from './open-services.ts';

/** Milliseconds that a target's health is believed, so that looking at it often costs it nothing. */
const HEALTH_KEPT_MS = 10_000;

type Care = Pick<ControlPlaneServices, 'checkTarget' | 'discover' | 'changeDataMap'>;

/** What people do about targets through the control plane. */
export function openTargetCare(own: GatewayProcess, environment: Environment, log: Log): Care {
  const { ways } = own;
  const databases = new PostgresTargets(ways, log, new AbortController().signal);
  const logins = { databases, ways };
  const known = new WeakMap<Target, { readonly health: Promise<TargetHealth>; untilMs: number }>();
  let isDiscovering = false;
  let changes: Promise<unknown> = Promise.resolve();
  return {
    checkTarget: (target) => {
      const kept = known.get(target);
      if (kept !== undefined && Date.now() < kept.untilMs) return kept.health;
      const health = checkTarget(logins, target);
      known.set(target, { health, untilMs: Date.now() + HEALTH_KEPT_MS });
      return health;
    },
    discover: async ({ target, database, samples }, signal) => {
      if (isDiscovering) return 'busy';
      isDiscovering = true;
      try {
        const { directory } = own.configuration;
        const name = database === undefined ? target.name : `${target.name}/${database}`;
        const asked = { directory, target: name, samples, onProgress: ignoreProgress, signal };
        const found = await discoverColumns(asked, environment, own.openStream);
        if (found === undefined) return undefined;
        const { columns = [], patientKeys = [] } = target.dataMap ?? {};
        const rename = ({ dataClass, paths, ...column }: (typeof found.columns)[number]) => ({
          ...column,
          className: dataClass,
          paths: paths?.map((of) => ({ path: of.path, className: of.dataClass })),
        });
        return {
          columns: withoutDecided(found.columns, columns).map(rename),
          undecided: withoutDecided(found.undecided, columns).map(rename),
          patientKeys: withoutDecided(found.patientKeys, patientKeys),
          unsampled: found.unsampled,
        };
      } finally {
        isDiscovering = false;
      }
    },
    // One after the other: each reads the file that the one before wrote.
    changeDataMap: (name, confirmation, options) => {
      const change = changes.then(() => changeDataMap({ own, log }, name, confirmation, options));
      changes = change.catch(() => undefined);
      return change;
    },
  };
}

function ignoreProgress(): void {}

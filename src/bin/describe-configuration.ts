import { createHash } from 'node:crypto';
import type { EntryFields } from '../audit/ledger-port.ts';
import type { Address } from '../configuration/fields.ts';
import { listMapped } from '../configuration/list-mapped.ts';
import type { Configuration } from '../configuration/load-configuration.ts';
import type { MaskSetting } from '../configuration/mask-setting.ts';
import type { TargetFile } from '../configuration/target-file.ts';

/** The entries of a configuration that came into force: itself, then each target. They hold no secret. */
export function describeConfiguration(
  { hash, listeners, identity, targets, exports }: Configuration,
  policyVersion: string,
): readonly EntryFields[] {
  return [
    {
      kind: 'configuration.apply',
      configurationSha256: hash,
      policyVersion,
      listeners: [
        ...listeners.postgres.map(({ address, tls }) => ({
          protocol: 'postgres',
          address: formatAddress(address),
          tls: tls.mode,
        })),
        ...listeners.ssh.map(({ address }) => ({
          protocol: 'ssh',
          address: formatAddress(address),
        })),
        ...listeners.http.map(({ address, tls }) => ({
          protocol: 'http',
          address: formatAddress(address),
          tls: tls.mode,
        })),
        ...(listeners.api === undefined
          ? []
          : [
              {
                protocol: 'api',
                address: formatAddress(listeners.api.address),
                tls: listeners.api.tls.mode,
              },
            ]),
      ],
      providers: identity.providers.map(({ name, kind, issuer }) => ({ name, kind, issuer })),
      targets: targets.length,
      // Who is told what the ledger holds, and how much of it.
      exports: exports.map(({ name, kind, statements }) => ({ name, kind, statements })),
    },
    ...targets.map(describeTarget),
  ];
}

function describeTarget(target: TargetFile): EntryFields {
  const { name, kind, host, port, seal, recording, dataMap, labels } = target;
  return {
    kind: 'configuration.target',
    target: name,
    protocol: kind,
    address: formatAddress({ host, port }),
    ...('tls' in target && { tls: target.tls.mode }),
    seal,
    recorded: recording.enabled,
    labels,
    ...(dataMap !== undefined && {
      dataMapSha256: createHash('sha256').update(JSON.stringify(dataMap)).digest('hex'),
      masks: countMasks(dataMap),
    }),
  };
}

/** Entries of a data map by class, then by mask; `default` is the class's own. */
function countMasks(
  dataMap: NonNullable<TargetFile['dataMap']>,
): Record<string, Record<string, number>> {
  const counts: Record<string, Record<string, number>> = {};
  const { masks } = dataMap;
  for (const { dataClass, mask } of listMapped(dataMap)) {
    if (dataClass === 'none') continue;
    const name = nameMask(mask ?? masks[dataClass]);
    const ofClass = (counts[dataClass] ??= {});
    ofClass[name] = (ofClass[name] ?? 0) + 1;
  }
  return counts;
}

function nameMask(mask: MaskSetting | undefined): string {
  if (mask === undefined) return 'default';
  return mask.kind === 'bucket' ? `bucket ${mask.size}` : mask.kind;
}

function formatAddress({ host, port }: Address): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

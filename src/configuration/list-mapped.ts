import type { DataMap } from './data-map.ts';
import type { FileDataMap } from './file-data-map.ts';
import type { HttpDataMap } from './http-data-map.ts';
import type { KubernetesDataMap } from './kubernetes-data-map.ts';
import type { MaskSetting } from './mask-setting.ts';

/** What a data map says of one thing, whatever that is. */
export interface MappedThing {
  readonly dataClass: string;
  readonly mask?: MaskSetting;
}

/** All that a data map of any target gives a class: columns, fields of files and bodies, names. */
export function listMapped(
  dataMap: DataMap | FileDataMap | HttpDataMap | KubernetesDataMap,
): readonly MappedThing[] {
  if ('columns' in dataMap) return dataMap.columns;
  if ('files' in dataMap) return dataMap.files.flatMap(({ fields }) => fields);
  if ('secrets' in dataMap) return dataMap.secrets === 'mask' ? [{ dataClass: 'secret' }] : [];
  const { bodies, messages, parameters } = dataMap;
  return [...bodies.flatMap(({ fields }) => fields), ...messages, ...parameters];
}

import type { DataMap } from '../../configuration/data-map.ts';
import type { MaskSetting } from '../../configuration/mask-setting.ts';
import type { Mask } from '../mask.ts';
import type { DataClass } from './data-class.ts';
import { DATA_CLASSES } from './data-classes.ts';

/** The data classes of one target by name: the built-in ones and its own, with the masks that its data map gives them. */
export type TargetClasses = ReadonlyMap<string, DataClass>;

/** Applies a data map's masks and classes to the built-in ones. */
export function buildTargetClasses({
  customClasses,
  masks,
}: Pick<DataMap, 'customClasses' | 'masks'>): TargetClasses {
  const classes = new Map<string, DataClass>(
    Object.values(DATA_CLASSES).map((dataClass) => [dataClass.name, dataClass]),
  );
  for (const { name, title, mask } of customClasses) {
    classes.set(name, { name, letter: undefined, title, mask: buildMask(mask, name) });
  }
  for (const [name, mask] of Object.entries(masks)) {
    const dataClass = classes.get(name);
    if (dataClass !== undefined) classes.set(name, { ...dataClass, mask: buildMask(mask, name) });
  }
  return classes;
}

/** The mask of one column: what the data map says there, or the class's own. */
export function findMask(
  classes: TargetClasses,
  className: string,
  setting: MaskSetting | undefined,
): Mask {
  if (setting !== undefined) return buildMask(setting, className);
  return classes.get(className)?.mask ?? { kind: 'redact' };
}

/** A pseudonym or token without a domain is one of the class's domain. */
function buildMask(setting: MaskSetting, className: string): Mask {
  if (setting.kind !== 'pseudonym' && setting.kind !== 'vault') return setting;
  return { kind: setting.kind, domain: setting.domain ?? className };
}

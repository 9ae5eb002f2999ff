import type { ContentFormat, MappedContent } from '../../configuration/mapped-content.ts';
import type { ContentMasks, ShownClasses } from '../content/content-masks.ts';
import type { FormatMasking } from '../content/content-plans.ts';
import { dateShiftDays } from '../masks/date-shift.ts';
import type { MaskContext } from '../masks/mask-context.ts';
import { FHIR_CLASSES } from './element-classes.ts';
import { FhirMasker } from './fhir-masker.ts';
import { Shapes } from './shapes.ts';

/** Principals who are shown different classes, for whom rules are kept. */
const KEPT_MAX = 64;

interface Kept {
  readonly context: MaskContext;
  readonly shapes: Shapes;
}

/**
 * FHIR R4 in JSON, masked by the types of its elements.
 *
 * @param hideUrl Hides what the query of a URL asks by that is hidden.
 * @param onShift Told of each date that is moved by the days of its patient.
 * @see https://hl7.org/fhir/R4/json.html
 */
export function fhirFormat(
  hideUrl: (url: string, shown: ShownClasses) => string,
  onShift?: () => void,
): FormatMasking {
  const kept = new WeakMap<MappedContent<ContentFormat>, Map<string, Kept>>();
  return {
    classNames: FHIR_CLASSES,
    open({ content, hasLines }, shown, masks) {
      const shapes = findShapes(kept, { content, shown, masks });
      return (write) => {
        const keys = masks.parts.context().keys.derive('date-shift', '');
        const tools = {
          shapes,
          counters: masks.begin(FHIR_CLASSES, shown, true),
          // References without a query are ids, which clients follow.
          hideUrl: (url: string) => (url.includes('?') ? hideUrl(url, shown) : url),
          shiftDays(patientId: string): number {
            onShift?.();
            return dateShiftDays(patientId, keys);
          },
        };
        return new FhirMasker(tools, hasLines, write);
      };
    },
  };
}

/** The same object for the same content and principals who are shown the same, while the year is the same. */
function findShapes(
  kept: WeakMap<MappedContent<ContentFormat>, Map<string, Kept>>,
  {
    content,
    shown,
    masks,
  }: {
    readonly content: MappedContent<ContentFormat>;
    readonly shown: ShownClasses;
    readonly masks: ContentMasks;
  },
): Shapes {
  const context = masks.parts.context();
  const byShown = kept.get(content) ?? new Map<string, Kept>();
  kept.set(content, byShown);
  const key = [...shown.keys()].toSorted().join(' ');
  const known = byShown.get(key);
  if (known?.context === context) return known.shapes;
  if (byShown.size === KEPT_MAX) byShown.clear();
  const shapes = new Shapes(masks, shown, content.fields);
  byShown.set(key, { context, shapes });
  return shapes;
}

import type { FieldsByCode } from '../../wire/postgres/error-response.ts';
import type { TextMasks } from './findings.ts';
import { redactText } from './redact-text.ts';
import { cutValues, isFromWithin, type MessageTrust, trustMessage } from './server-messages.ts';

/** What is said where something may not be. */
export const WITHHELD = 'withheld: concerns classified data';

/** What is known of the statement that an error or notice is about. */
export interface ScrubContext {
  /** It reads or writes a classified relation. Where nothing is known: true. */
  readonly touchesClassified: boolean;
  /** Code may run that the statement does not show: triggers, rules, actions of foreign keys. What is said within it is withheld. */
  readonly hasHiddenCode: boolean;
  /** It only reads, so that whatever it computes with is masked already. Default: false. */
  readonly readsMaskedOnly?: boolean;
  /**
   * Where a position in the text that the server got is in the client's own, both from 1 in characters;
   * undefined: nowhere. Without this function positions are dropped where classified data are near.
   */
  readonly mapPosition?: (position: number) => number | undefined;
}

/** Severity (twice), SQLSTATE, and where in the server's source it was said. */
const HARMLESS = 'SVCFLR';
/** Schema, table, column, type and constraint. */
const NAMES = 'stcdn';
/** Detail, context, internal query: they quote rows and values. */
const SPEAKING = 'DWq';

/**
 * Takes out of an `ErrorResponse` or `NoticeResponse` what may quote classified data.
 *
 * Where classified data are near, detail, context and internal query are withheld. A message stays whole
 * if its form has room for names only, and ends before the first value that it may quote if not; what
 * code of the target's own wrote is withheld. All text that stays has passed the detectors.
 */
export function scrubFields(
  fields: FieldsByCode,
  context: ScrubContext,
  masks: TextMasks,
): FieldsByCode {
  const isNear = context.touchesClassified || (context.hasHiddenCode && isFromWithin(fields));
  const trust = isNear ? trustNear(fields, context) : 'whole';
  const scrubbed = new Map<string, string>();
  for (const [code, text] of fields) {
    const kept = HARMLESS.includes(code)
      ? text
      : code === 'P'
        ? mapPosition(text, context, isNear)
        : isNear
          ? scrubNear(code, text, trust)
          : text;
    if (kept === undefined) continue;
    const isSpoken = kept !== WITHHELD && !HARMLESS.includes(code) && code !== 'P' && code !== 'p';
    scrubbed.set(code, isSpoken ? redactText(kept, masks) : kept);
  }
  return scrubbed;
}

function trustNear(fields: FieldsByCode, context: ScrubContext): MessageTrust {
  const trust = trustMessage(fields);
  const isMasked = context.readsMaskedOnly === true && !context.hasHiddenCode;
  return trust === 'start' && isMasked ? 'whole' : trust;
}

/** What of a field may stay where classified data are near; undefined: nothing. */
function scrubNear(code: string, text: string, trust: MessageTrust): string | undefined {
  if (SPEAKING.includes(code)) return WITHHELD;
  if (NAMES.includes(code)) return trust === 'none' ? undefined : text;
  if (code === 'M') {
    if (trust === 'none') return WITHHELD;
    return trust === 'whole' ? text : cutValues(text);
  }
  if (code === 'H') {
    const isKept = trust === 'whole' || (trust === 'start' && cutValues(text) === text);
    return isKept ? text : WITHHELD;
  }
  // A position within the internal query, and what no version of the protocol has named yet.
  return undefined;
}

function mapPosition(text: string, context: ScrubContext, isNear: boolean): string | undefined {
  if (context.mapPosition === undefined) return isNear ? undefined : text;
  const position = Number(text);
  const mapped = Number.isInteger(position) ? context.mapPosition(position) : undefined;
  return mapped === undefined ? undefined : String(mapped);
}

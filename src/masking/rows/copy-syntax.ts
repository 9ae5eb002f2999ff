import { type BodyOf, constantText } from '../../sql/postgres/tree.ts';

/** How the rows of a COPY are written, as its options say: in an encoding that the statement names; without one, in the session's. */
export type CopySyntax = CopyFields & { readonly encoding?: string };

type CopyFields =
  | {
      readonly kind: 'text';
      readonly delimiter: string;
      readonly nullText: string;
      readonly hasHeader: boolean;
    }
  | {
      readonly kind: 'csv';
      readonly delimiter: string;
      readonly nullText: string;
      readonly hasHeader: boolean;
      readonly quote: string;
      readonly escape: string;
    }
  | { readonly kind: 'binary' };

/**
 * Reads the options of a COPY statement, in the old notation or the new. Undefined where they are not
 * known well enough to take rows apart.
 */
export function copySyntaxOf(options: BodyOf<'CopyStmt'>['options']): CopySyntax | undefined {
  const texts = new Map<string, string>();
  let hasHeader = false;
  for (const node of options ?? []) {
    if (!('DefElem' in node)) return undefined;
    const { defname = '', arg } = node.DefElem;
    if (defname === 'header') hasHeader = isOn(arg);
    else if (TEXT_OPTIONS.has(defname)) texts.set(defname, constantText(arg)?.toString() ?? '');
  }
  const fields = fieldsOf(texts, hasHeader);
  const encoding = texts.get('encoding');
  return encoding === undefined ? fields : fields && { ...fields, encoding };
}

function fieldsOf(texts: ReadonlyMap<string, string>, hasHeader: boolean): CopyFields | undefined {
  switch (texts.get('format') ?? 'text') {
    case 'binary':
      return { kind: 'binary' };
    case 'text': {
      const nullText = texts.get('null') ?? '\\N';
      return { kind: 'text', delimiter: texts.get('delimiter') ?? '\t', nullText, hasHeader };
    }
    case 'csv': {
      const delimiter = texts.get('delimiter') ?? ',';
      const quote = texts.get('quote') ?? '"';
      const escape = texts.get('escape') ?? quote;
      return {
        kind: 'csv',
        delimiter,
        nullText: texts.get('null') ?? '',
        hasHeader,
        quote,
        escape,
      };
    }
  }
  return undefined;
}

const TEXT_OPTIONS: ReadonlySet<string> = new Set([
  'format',
  'delimiter',
  'null',
  'quote',
  'escape',
  'encoding',
]);

type Argument = Parameters<typeof constantText>[0];

/** A header line that is taken for a row costs nothing; a row that is taken for a header line would pass. */
function isOn(arg: Argument): boolean {
  if (arg === undefined) return true;
  if ('Boolean' in arg) return arg.Boolean.boolval === true;
  if ('Integer' in arg) return arg.Integer.ival === 1;
  return /^(?:true|on)$/iu.test(constantText(arg) ?? '');
}

import { localName } from './xml-names.ts';

/** An element that is open. */
export interface XmlElement {
  /** Without its prefix. */
  readonly name: string;
  readonly parent: XmlElement | undefined;
  /** By name without prefix. */
  readonly attributes: ReadonlyMap<string, string>;
}

/** A path to elements or one of their attributes, as a data map writes it. */
export interface XmlPath {
  /** The innermost first; `*` for any element, `**` for any number of them. */
  readonly steps: readonly string[];
  /** Whether the first step is the root. */
  readonly isFromRoot: boolean;
  /** Undefined: the path is to the text of elements. */
  readonly attribute: string | undefined;
}

/** Parses `patient/name/@use`, `/records/**` and the like; prefixes say nothing. */
export function parseXmlPath(path: string): XmlPath {
  const steps = path.split('/').filter((step) => step !== '');
  const last = steps.at(-1) ?? '';
  const attribute = last.startsWith('@') ? localName(last.slice(1)) : undefined;
  return {
    steps: (attribute === undefined ? steps : steps.slice(0, -1)).map(localName).toReversed(),
    isFromRoot: path.startsWith('/'),
    attribute,
  };
}

/** Whether the path leads to the element, or one with an attribute to that of the element. */
export function leadsTo({ steps, isFromRoot }: XmlPath, element: XmlElement): boolean {
  return follows(steps, element, isFromRoot);
}

function follows(
  steps: readonly string[],
  element: XmlElement | undefined,
  isFromRoot: boolean,
): boolean {
  const [step, ...outer] = steps;
  if (step === undefined) return !isFromRoot || element === undefined;
  if (step === '**' && follows(outer, element, isFromRoot)) return true;
  if (element === undefined || (step !== element.name && !step.startsWith('*'))) return false;
  return follows(step === '**' ? steps : outer, element.parent, isFromRoot);
}

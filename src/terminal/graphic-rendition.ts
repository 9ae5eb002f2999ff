/** How characters look: what `SGR` (CSI m) has set since it was last reset. */
export interface Rendition {
  /** Bold, italic, … by the parameter that sets them. */
  readonly attributes: ReadonlyMap<number, string>;
  readonly foreground: string;
  readonly background: string;
  readonly underlineColour: string;
}

/** After a reset. */
export const PLAIN: Rendition = {
  attributes: new Map(),
  foreground: '',
  background: '',
  underlineColour: '',
};

/** What each parameter takes back: 22 ends bold and faint, … */
const RESETS: ReadonlyMap<number, readonly number[]> = new Map([
  [22, [1, 2]],
  [23, [3]],
  [24, [4]],
  [25, [5]],
  [27, [7]],
  [28, [8]],
  [29, [9]],
  [54, [51]],
  [55, [53]],
]);

/** Applies the parameters of one `SGR`. */
export function changeRendition(before: Rendition, parameters: string): Rendition {
  const words = parameters.split(';');
  let rendition = before;
  for (let index = 0; index < words.length; index++) {
    const word = words[index] as string;
    const code = Number.parseInt(word, 10) || 0;
    if (code === 38 || code === 48 || code === 58) {
      const taken = word.includes(':') ? 1 : words[index + 1] === '5' ? 3 : 5;
      const colour = words.slice(index, index + taken).join(';');
      rendition = withColour(rendition, code, colour);
      index += taken - 1;
    } else {
      rendition = withCode(rendition, code, word);
    }
  }
  return rendition;
}

function withColour(rendition: Rendition, code: 38 | 48 | 58, colour: string): Rendition {
  if (code === 38) return { ...rendition, foreground: colour };
  if (code === 48) return { ...rendition, background: colour };
  return { ...rendition, underlineColour: colour };
}

function withCode(rendition: Rendition, code: number, word: string): Rendition {
  if (code === 0) return PLAIN;
  if (code === 39) return { ...rendition, foreground: '' };
  if (code === 49) return { ...rendition, background: '' };
  if (code === 59) return { ...rendition, underlineColour: '' };
  if ((code >= 30 && code <= 37) || (code >= 90 && code <= 97))
    return { ...rendition, foreground: String(code) };
  if ((code >= 40 && code <= 47) || (code >= 100 && code <= 107))
    return { ...rendition, background: String(code) };
  const attributes = new Map(rendition.attributes);
  const ended = RESETS.get(code);
  if (ended !== undefined) for (const attribute of ended) attributes.delete(attribute);
  else if (code === 21) attributes.set(4, '21');
  else if ((code >= 1 && code <= 9) || code === 51 || code === 53) attributes.set(code, word);
  return { ...rendition, attributes };
}

/** Parameters that set a rendition, whatever was set before. */
export function renditionParameters(rendition: Rendition): string {
  const { attributes, foreground, background, underlineColour } = rendition;
  const words = ['0', ...attributes.values(), foreground, background, underlineColour];
  return words.filter((word) => word !== '').join(';');
}

/** Styles told apart in one channel; beyond these, text is repainted plain. */
const STYLES_MAX = 4_096;

/** Numbers renditions, so that each column of a screen can keep one in two bytes. */
export class Styles {
  readonly #parameters: string[] = ['0'];
  readonly #numbers = new Map<string, number>([['0', 0]]);

  /** The number of a rendition; 0 is plain. */
  numberOf(rendition: Rendition): number {
    const parameters = renditionParameters(rendition);
    let number = this.#numbers.get(parameters);
    if (number === undefined) {
      if (this.#parameters.length >= STYLES_MAX) return 0;
      number = this.#parameters.push(parameters) - 1;
      this.#numbers.set(parameters, number);
    }
    return number;
  }

  /** Parameters of the `SGR` that sets a style. */
  parametersOf(number: number): string {
    return this.#parameters[number] ?? '0';
  }
}

/** A change of a text: positions in UTF-16 units of the client's text. */
export interface TextEdit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Both texts, and how one became the other. */
export interface EditedText {
  readonly client: string;
  readonly sent: string;
  /** In the order of the text. Asked only where a position has to be found. */
  readonly findEdits: () => readonly TextEdit[];
}

/** Finds positions in a rewritten text again in the client's own. */
export class PositionMap {
  readonly #texts: EditedText;

  constructor(texts: EditedText) {
    this.#texts = texts;
  }

  /**
   * Where the client wrote what stands at a position of the text that was sent; both count characters, from 1. Undefined within what
   * the client did not write.
   */
  toClient(position: number): number | undefined {
    const { client, sent, findEdits } = this.#texts;
    const unit = unitOf(sent, position - 1);
    if (unit === undefined) return undefined;
    /** How far what stands here was moved. */
    let moved = 0;
    for (const { start, end, text } of findEdits()) {
      if (unit < start + moved) break;
      if (unit < start + moved + text.length) return undefined;
      moved += text.length - (end - start);
    }
    return charactersIn(client, unit - moved) + 1;
  }
}

/** Where the character of that number, from 0, begins in UTF-16; its end for the one after the last. */
function unitOf(text: string, character: number): number | undefined {
  if (character < 0) return undefined;
  let unit = 0;
  for (let passed = 0; passed < character; passed++) {
    if (unit >= text.length) return undefined;
    unit += (text.codePointAt(unit) ?? 0) > 0xffff ? 2 : 1;
  }
  return unit;
}

/** Characters in the first units of a text. */
function charactersIn(text: string, units: number): number {
  let characters = 0;
  for (let unit = 0; unit < units; characters++) {
    unit += (text.codePointAt(unit) ?? 0) > 0xffff ? 2 : 1;
  }
  return characters;
}

/** What is seen: no blank, no control or format character, and none that is ignored where it is drawn. */
const SEEN = /[^\p{C}\p{Z}\p{Default_Ignorable_Code_Point}\u2800]/u;

/** Whether nobody could see anything of a text. `trim` leaves zero-width spaces, fillers and the like. */
export function isBlank(text: string): boolean {
  return !SEEN.test(text);
}

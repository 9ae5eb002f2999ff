/** How an object or a list begins in a message, as Go or JSON writes it. */
const BEGINNING = /\{|(?<=value: )\[|\bmap\[/;

/**
 * A message of the API server without the objects in it, which may hold anything that is hidden. Where one ends cannot be told from
 * what is in it: all goes from the first bracket to the last.
 */
export function withoutObjects(message: string): string {
  const found = BEGINNING.exec(message);
  if (found === null) return message;
  const start = found.index;
  const isList = found[0] !== '{';
  const end = Math.max(message.lastIndexOf('}'), isList ? message.lastIndexOf(']') : -1);
  const rest = end < start ? '' : message.slice(end + 1);
  return `${message.slice(0, start)}${isList ? '[…]' : '{…}'}${rest}`;
}

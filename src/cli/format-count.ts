/** How many of something there are, in words: `1 row`, `2 rows`. */
export function formatCount(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

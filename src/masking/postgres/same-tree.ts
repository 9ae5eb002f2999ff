/** Fields that only say where something stood in the text. */
const POSITIONS: ReadonlySet<string> = new Set([
  'location',
  'name_location',
  'list_start',
  'list_end',
  'rexpr_list_start',
  'rexpr_list_end',
  'arrow_location',
  'stmt_location',
  'stmt_len',
]);

/** Whether two parts of parse trees are equal but for where they stood in their texts. */
export function sameTree(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null)
    return false;
  if (Array.isArray(left) || Array.isArray(right)) {
    return (
      Array.isArray(left) &&
      Array.isArray(right) &&
      left.length === right.length &&
      left.every((item, index) => sameTree(item, right[index]))
    );
  }
  const leftFields = fieldsOf(left);
  const rightFields = new Map(fieldsOf(right));
  return (
    leftFields.length === rightFields.size &&
    leftFields.every(
      ([key, value]) => rightFields.has(key) && sameTree(value, rightFields.get(key)),
    )
  );
}

function fieldsOf(node: object): [string, unknown][] {
  return Object.entries(node).filter(
    ([key, value]) => value !== undefined && !(typeof value === 'number' && POSITIONS.has(key)),
  );
}

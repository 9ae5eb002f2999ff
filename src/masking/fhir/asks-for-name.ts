/** Words of a question that change nothing of what it asks for, and whose name it may be. */
const FILLERS: ReadonlySet<string> = new Set(
  [
    'a an and any are current enter full is legal of or please s the to was what you your',
    'care caregiver carer child client contact emergency father giver guardian kin mother next parent partner patient person relative spouse',
  ].flatMap((words) => words.split(' ')),
);
/** What is left of a question for somebody's name. */
const NAMES: ReadonlySet<string> = new Set(
  'birth family first firstlast firstmiddlelast former given last lastfirst maiden middle preferred previous'
    .split(' ')
    .flatMap((kind) => [`${kind}name`, `${kind}names`, `name${kind}`])
    .concat('name', 'names', 'nickname', 'surname'),
);
const WORD = /[a-z]+/gu;
const CAMEL_CASE = /(?<=[a-z])(?=[A-Z])/gu;

/** Whether a question of a form, or the key of one, asks for somebody's name: `Patient's last name`, `lastName`. */
export function asksForName(question: string): boolean {
  const words = question.replace(CAMEL_CASE, ' ').toLowerCase().match(WORD) ?? [];
  return NAMES.has(words.filter((word) => !FILLERS.has(word)).join(''));
}

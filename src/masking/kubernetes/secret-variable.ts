import { type DocumentNode, findAll, findTexts, isScalar } from './document-tree.ts';

/** How variables are called whose values are secrets. */
const SECRET_NAME = /pass(?:word|wd|phrase)?|secret|token|api_?key|private_?key|credential|auth/i;
/** A URL with a password, such as that of a database. */
const URL_WITH_PASSWORD = /:\/\/[^\s/:@]*:[^\s/@]+@/;

/** Whether the value of a variable is hidden as that of a Secret is. */
export function isSecretValue(variable: DocumentNode, text: string): boolean {
  const isCalledSo = findTexts(variable, 'name').some((name) => SECRET_NAME.test(name));
  return isCalledSo || URL_WITH_PASSWORD.test(text);
}

/** Whether a variable has a value of its own that is hidden. */
export function isSecretVariable(variable: DocumentNode): boolean {
  return findAll(variable, 'value').some(
    (value) => isScalar(value) && isSecretValue(variable, value.text ?? ''),
  );
}

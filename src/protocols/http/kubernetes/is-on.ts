/** Whether a parameter is true, as the API server reads it: everything is that but what says false. */
export function isOn(query: URLSearchParams, name: string): boolean {
  const value = query.get(name);
  return value !== null && !IS_FALSE.test(value);
}

/** As Kubernetes converts queries. */
const IS_FALSE = /^(?:0|false)$/i;

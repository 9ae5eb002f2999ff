/** What stands for a value, or says that there is none. */
const NO_VALUE =
  /^(?:null|none|nil|undefined|true|false|string!?|text|\[[a-z-]+\]|[[{(*$?:@%<>=|&!~].*)[,;]?$/i;
/** What a socket is of. */
const SOCKETS = /^AF_(?:INET6?|UNIX|UNSPEC|NETLINK|PACKET)\b/;
const LETTER = /[A-Za-z\u0080-\u00ff]/;
/** Found by itself, so that its port stays. */
const IP_ADDRESS = /^\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?[,;)]?$/;

/** Whether what stands behind a key, without quotes, stands for a value. */
export function isNoValue(value: string): boolean {
  return NO_VALUE.test(value);
}

/** Whether a value is none of this class: a number or a family of sockets is no name, and an address may be one of a network. */
export function isOther(value: string, className: string): boolean {
  if (className === 'name') return !LETTER.test(value) || SOCKETS.test(value);
  return className === 'address' && IP_ADDRESS.test(value);
}

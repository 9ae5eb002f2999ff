/** Stands where a protocol version would; 1234 is no major version. */
export const GSSENC_REQUEST_CODE: number = (1234 << 16) | 5680;

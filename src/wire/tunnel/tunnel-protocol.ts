/** What both ends of a tunnel offer by ALPN (RFC 7301): HTTP/2 whose server is the end that dialled. */
export const TUNNEL_APPLICATION = 'sallyport-tunnel/1';

/** What a connector offers that has no certificate yet: one request, one answer, each a frame. */
export const ENROLMENT_APPLICATION = 'sallyport-enrolment/1';

/** The field of a CONNECT request that carries an encoded `StreamRequest`. */
export const REQUEST_FIELD = 'sallyport-request';

/** The field of its response that carries an encoded `StreamAnswer`. */
export const ANSWER_FIELD = 'sallyport-answer';

/** The authority that the one stream is opened for which carries control messages; no target has such a name. */
export const CONTROL_AUTHORITY = ':control';

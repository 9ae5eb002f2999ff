"""Signs in by OAUTHBEARER with PostgreSQL 18's libpq: its path and the issuer are the arguments.

Connects by libpq's environment variables otherwise. The token comes from SALLYPORT_TEST_TOKEN, through the hook
that libpq has for programs with a token of their own, and libpq has to ask the server first where
tokens come from. Prints what it saw.
"""

import ctypes
import os
import sys

CONNECTION_OK = 0
TUPLES_OK = 2
OAUTH_BEARER_TOKEN = 1

libpq = ctypes.CDLL(sys.argv[1])
for function in ("PQconnectdb", "PQexec"):
    getattr(libpq, function).restype = ctypes.c_void_p
for function in ("PQerrorMessage", "PQgetvalue", "PQsslAttribute", "PQresultErrorMessage"):
    getattr(libpq, function).restype = ctypes.c_char_p


class BearerRequest(ctypes.Structure):
    """`PGoauthBearerRequest` of libpq-fe.h."""

    _fields_ = [
        ("openid_configuration", ctypes.c_char_p),
        ("scope", ctypes.c_char_p),
        ("async_", ctypes.c_void_p),
        ("cleanup", ctypes.c_void_p),
        ("token", ctypes.c_char_p),
        ("user", ctypes.c_void_p),
    ]


token = os.environ["SALLYPORT_TEST_TOKEN"].encode()


@ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int, ctypes.c_void_p, ctypes.POINTER(BearerRequest))
def give_token(kind, _connection, request):
    if kind != OAUTH_BEARER_TOKEN:
        return 0
    print("discovery:", request.contents.openid_configuration.decode())
    print("scope:", request.contents.scope.decode())
    request.contents.token = token
    return 1


libpq.PQsetAuthDataHook(give_token)
connection = ctypes.c_void_p(libpq.PQconnectdb(f"oauth_issuer={sys.argv[2]} oauth_client_id=any".encode()))
if libpq.PQstatus(connection) != CONNECTION_OK:
    sys.exit(libpq.PQerrorMessage(connection).decode())
print("tls:", libpq.PQsslAttribute(connection, b"alpn").decode())
print("protocol:", libpq.PQfullProtocolVersion(connection))
result = ctypes.c_void_p(libpq.PQexec(connection, b"SELECT 'signed in'"))
if libpq.PQresultStatus(result) != TUPLES_OK:
    sys.exit(libpq.PQresultErrorMessage(result).decode())
print(libpq.PQgetvalue(result, 0, 0).decode())
libpq.PQfinish(connection)

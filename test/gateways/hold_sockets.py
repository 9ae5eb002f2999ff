"""Holds a listening socket, and starts gateways with it as sd_listen_fds(3) has it.

Says its port first. Each line of its input is one program to start: {"arguments": [...], "environment": {...}}.
"""

import json
import os
import socket
import sys

FIRST_DESCRIPTOR = 3

listener = socket.socket()
listener.bind(("127.0.0.1", 0))
listener.listen(4096)
print(listener.getsockname()[1], flush=True)

for line in sys.stdin:
    order = json.loads(line)
    if os.fork() != 0:
        continue
    if listener.fileno() == FIRST_DESCRIPTOR:
        os.set_inheritable(FIRST_DESCRIPTOR, True)
    else:
        os.dup2(listener.fileno(), FIRST_DESCRIPTOR)
    environment = {
        **os.environ,
        **order["environment"],
        "LISTEN_PID": str(os.getpid()),
        "LISTEN_FDS": "1",
        "LISTEN_FDNAMES": "postgres",
    }
    arguments = order["arguments"]
    os.execve(arguments[0], arguments, environment)

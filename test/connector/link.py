"""A link between two network devices that delays and loses, for kernels without netem.

Usage: link.py DEVICE DEVICE

Reads lines "MILLISECONDS LOSS": how long an IPv4 packet is on its way from now on, and which part of them, from 0 to
1, never arrives. Answers each with "ok"; ends with its input. All other frames (ARP) arrive at once, as they would
where the trouble is some networks away.
"""

import random
import select
import socket
import sys
import time
from collections import deque

# linux/if_packet.h and linux/if_ether.h; Python names none of them.
SOL_PACKET = 263
PACKET_VNET_HDR = 15
PACKET_IGNORE_OUTGOING = 23
ETH_P_ALL = 3
# Of struct virtio_net_hdr, before each frame: what the kernel left to the device, checksums and cutting, goes on with it.
HEADER_BYTES = 10
FRAME_BYTES_MAX = 128 * 1024
BUFFER_BYTES = 8 * 1024 * 1024
IPV4 = b"\x08\x00"


def open_device(name):
    device = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    device.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)
    device.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
    device.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
    device.bind((name, 0))
    return device


def main():
    devices = [open_device(name) for name in sys.argv[1:3]]
    # Frames on their way to each device: when they are due, and what they are.
    queues = [deque(), deque()]
    delay, loss = 0.0, 0.0
    print("ok", flush=True)
    while True:
        due = min((queue[0][0] for queue in queues if queue), default=None)
        patience = None if due is None else max(0.0, due - time.monotonic())
        readable, _, _ = select.select([*devices, sys.stdin.buffer.raw], [], [], patience)
        for source in readable:
            if source not in devices:
                line = source.readline()
                if not line:
                    return
                delay, loss = (float(word) for word in line.split())
                delay /= 1000
                print("ok", flush=True)
                continue
            frame = source.recv(FRAME_BYTES_MAX)
            is_ip = frame[HEADER_BYTES + 12 : HEADER_BYTES + 14] == IPV4
            if is_ip and random.random() < loss:
                continue
            other = 1 - devices.index(source)
            queues[other].append((time.monotonic() + (delay if is_ip else 0), frame))
        now = time.monotonic()
        for device, queue in zip(devices, queues):
            while queue and queue[0][0] <= now:
                try:
                    device.send(queue.popleft()[1])
                except OSError:
                    pass  # What does not fit is lost, as elsewhere.


main()

#!/usr/bin/env python3
"""Verifies a Sallyport ledger directory, from docs/ledger-format.md alone.

Shares no code with the gateway and needs nothing but Python 3.8. Exits 0 if every log is whole, 1 if not
(naming the first bad place of each), 2 if it was called wrongly.

    verify_ledger.py <data>/ledger [--key NAME+ID+KEY ...] [--checkpoint FILE ...] [--json]
"""

import argparse
import base64
import hashlib
import json
import os
import re
import struct
import sys
import zlib

ENTRY_BYTES_MAX = 65536
CONTENT_BYTES_MAX = 65536
# Stands for the offset of a content that was erased.
ERASED_OFFSET = 2**32 - 1
# Day, commitment and wrapped key.
CONTENT_KEY_BYTES = 10 + 32 + 60
LOG_NAME = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?")
SEGMENT = re.compile(r"(\d{16})\.segment")
LEADING = re.compile(
    r'\{"v":1,"seq":(?:0|[1-9]\d{0,15}),"at":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z","kind":"[a-z.-]{1,64}"'
    r'(?:,"session":"(?:[^"\\]|\\.)*","n":[1-9]\d{0,15},"prev":(?:null|"[0-9a-f]{64}"))?(?:,"content":"([0-9a-f]{64})")?[,}]',
    re.ASCII | re.DOTALL,
)

# --- Ed25519 verification (RFC 8032, section 5.1.7) ---

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
SQRT_MINUS_1 = pow(2, (P - 1) // 4, P)


def add(a, b):
    """Adds two points in extended coordinates."""
    s, t = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    u, v = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    e, f, g, h = t - s, v - u, v + u, t + s
    return e * f % P, g * h % P, f * g % P, e * h % P


def multiply(scalar, point):
    product = (0, 1, 1, 0)
    while scalar > 0:
        if scalar & 1:
            product = add(product, point)
        point = add(point, point)
        scalar >>= 1
    return product


def recover_x(y, sign):
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P != 0:
        x = x * SQRT_MINUS_1 % P
    if y >= P or (x * x - square) % P != 0 or (x == 0 and sign):
        return None
    return P - x if x & 1 != sign else x


def decompress(encoded):
    y = int.from_bytes(encoded, "little")
    sign, y = y >> 255, y & ((1 << 255) - 1)
    x = recover_x(y, sign)
    return None if x is None else (x, y, 1, x * y % P)


BASE_Y = 4 * pow(5, P - 2, P) % P
BASE_X = recover_x(BASE_Y, 0)
BASE = (BASE_X, BASE_Y, 1, BASE_X * BASE_Y % P)


def is_signed(public_key, message, signature):
    key, r = decompress(public_key), decompress(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if key is None or r is None or s >= ORDER:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + public_key + message).digest(), "little") % ORDER
    left, right = multiply(s, BASE), add(r, multiply(h, key))
    same_x = (left[0] * right[2] - right[0] * left[2]) % P == 0
    return same_x and (left[1] * right[2] - right[1] * left[2]) % P == 0


# --- The Merkle tree (RFC 6962, section 2.1) ---


class Tree:
    def __init__(self):
        self.size = 0
        self.peaks = []

    def append(self, leaf):
        self.peaks.append(leaf)
        carry = self.size
        while carry & 1:
            right, left = self.peaks.pop(), self.peaks.pop()
            self.peaks.append(hashlib.sha256(b"\x01" + left + right).digest())
            carry >>= 1
        self.size += 1

    def root(self):
        if not self.peaks:
            return hashlib.sha256().digest()
        root = self.peaks[-1]
        for left in reversed(self.peaks[:-1]):
            root = hashlib.sha256(b"\x01" + left + root).digest()
        return root


# --- Files ---


class Problem(Exception):
    """The first bad place of a log."""

    def __init__(self, what, file, offset, seq):
        super().__init__(what)
        self.what, self.file, self.offset, self.seq = what, file, offset, seq


def parse_key(line):
    """Reads name+id+key; None if it is not an Ed25519 verifier key."""
    parts = line.strip().split("+", 2)
    if len(parts) != 3:
        return None
    name, key_id = parts[0], parts[1]
    try:
        typed = base64.b64decode(parts[2], validate=True)
    except ValueError:
        return None
    if len(typed) != 33 or typed[0] != 1:
        return None
    expected = hashlib.sha256(name.encode() + b"\n" + typed).digest()[:4]
    return (name, expected, typed[1:]) if expected.hex() == key_id else None


def read_bytes(path):
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        return None


def open_note(note, key):
    """Returns (origin, size, root), or text that says what is wrong."""
    name, key_id, public_key = key
    text, separator, signatures = note.partition("\n\n")
    if not separator:
        return "has no signatures"
    text += "\n"
    valid = 0
    for line in signatures.rstrip("\n").split("\n"):
        match = re.fullmatch(r"— (\S+) ([A-Za-z0-9+/]+=*)", line)
        if match is None or match[1] != name:
            continue
        signature = base64.b64decode(match[2])
        # The last character has bits that no byte uses: one signature, one text.
        if base64.b64encode(signature).decode() != match[2]:
            continue
        if len(signature) == 68 and signature[:4] == key_id:
            valid += is_signed(public_key, text.encode(), signature[4:])
    if valid != 1:
        return f"is not signed by the key of {name}"
    lines = text.split("\n")
    if len(lines) < 4 or not re.fullmatch(r"0|[1-9][0-9]*", lines[1]):
        return "is not a checkpoint"
    root = base64.b64decode(lines[2])
    if len(root) != 32 or base64.b64encode(root).decode() != lines[2]:
        return "has an impossible root"
    return lines[0], int(lines[1]), root


def read_checkpoints(directory, name, key, kept):
    data = read_bytes(os.path.join(directory, "checkpoints")) or b""
    checkpoints, offset = [], 0
    while True:
        signatures = data.find(b"\n\n", offset)
        end = data.find(b"\n\n", signatures + 2) if signatures != -1 else -1
        if end == -1:
            break
        opened = open_note(data[offset : end + 1].decode("utf-8", "replace"), key)
        if isinstance(opened, str):
            raise Problem(f"checkpoint {opened}", "checkpoints", offset, 0)
        if opened[0] != name:
            raise Problem("checkpoint is of another log", "checkpoints", offset, 0)
        if checkpoints and opened[1] <= checkpoints[-1][0]:
            raise Problem("checkpoint is not larger than the one before", "checkpoints", offset, 0)
        checkpoints.append((opened[1], opened[2], "checkpoints", offset))
        offset = end + 2
    for note in kept:
        opened = open_note(note, key)
        if isinstance(opened, str) or opened[0] != name:
            raise Problem("checkpoint kept elsewhere is not of this log", "checkpoint kept elsewhere", 0, 0)
        checkpoints.append((opened[1], opened[2], "checkpoint kept elsewhere", 0))
    return sorted(checkpoints, key=lambda checkpoint: checkpoint[0]), len(data) - offset


def read_header(data, file, name, tree):
    """Checks a segment's header against the tree so far; returns its length, and day and id of its content key."""
    first = int(SEGMENT.fullmatch(file)[1])
    if len(data) < 20 or data[:8] != b"SPLEDGER":
        raise Problem("does not begin as a segment does", file, 0, tree.size)
    version, seq, name_bytes = struct.unpack_from(">HQH", data, 8)
    end = 20 + name_bytes
    if version != 2 or len(data) < end + 2:
        raise Problem("has a header that cannot be read", file, 0, tree.size)
    count = struct.unpack_from(">H", data, end)[0]
    peaks_end = end + 2 + 32 * count
    key_end = peaks_end + CONTENT_KEY_BYTES
    if len(data) < key_end + 4 or zlib.crc32(data[:key_end]) != struct.unpack_from(">I", data, key_end)[0]:
        raise Problem("has a header whose CRC does not match", file, 0, tree.size)
    if data[20:end] != name.encode():
        raise Problem("segment belongs to another log", file, 0, tree.size)
    if seq != first:
        raise Problem(f"segment begins with entry {seq}, not what its name says", file, 0, tree.size)
    if seq != tree.size:
        raise Problem(f"entries {tree.size} to {seq - 1} are missing before this segment", file, 0, tree.size)
    if data[end + 2 : peaks_end] != b"".join(tree.peaks):
        raise Problem("entries before this segment are not those that it continues", file, 0, tree.size)
    day = data[peaks_end : peaks_end + 10].decode("ascii", "replace")
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", day, re.ASCII):
        raise Problem("has an impossible content key", file, 0, tree.size)
    return key_end + 4, day, hashlib.sha256(data[peaks_end:key_end]).digest()


def unique(pairs):
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ValueError("repeated key")
    return fields


def decode_entry(data):
    """Returns the fields, or None if the bytes are not an entry."""
    try:
        text = data.decode("utf-8")
        leading = LEADING.match(text)
        entry = json.loads(text, object_pairs_hook=unique) if leading else None
        # Its place is fixed.
        return entry if entry is not None and entry.get("content") == leading[1] else None
    except (ValueError, RecursionError):
        return None


def expect_content(entry, key, content, offset, erased, where):
    """Checks what stands behind an entry against the hash in it; notes what is gone."""
    day, key_id = key
    if "content" not in entry:
        if content:
            raise Problem("entry has a content of which it does not speak", *where)
    elif not content or offset == ERASED_OFFSET:
        erased.setdefault(day, where)
    elif hashlib.sha256(key_id + struct.pack(">I", offset) + content).hexdigest() != entry["content"]:
        raise Problem("content is not the one that its entry speaks of", *where)


def judge_erasures(logs):
    """What is gone was to go if a signed entry of this ledger says that its day expired, and no hold was in force."""
    entries = [entry for log in logs for entry in log["retention"]]
    expiries = {}
    for log in logs:
        for entry in log["retention"]:
            if entry["kind"] != "retention.expire" or entry["seq"] >= log["signed"] or entry.get("of") != "content":
                continue
            # What expires in advance would permit anything later.
            if isinstance(entry.get("day"), str) and entry["day"] < entry["at"][:10]:
                expiries.setdefault(entry["day"], entry["at"])
    for log in logs:
        for day, (file, offset, seq) in log["erased"].items():
            hold = find_hold(entries, day, expiries[day]) if day in expiries else None
            if log["problem"] is None and (day not in expiries or hold is not None):
                because = "without authority" if hold is None else f"while hold {hold} was in force"
                what = f"contents of {day} were deleted {because}"
                log["problem"] = {"file": file, "offset": offset, "seq": seq, "what": what}


def find_hold(entries, day, at):
    released = {e.get("hold") for e in entries if e["kind"] == "hold.end" and e["at"] <= at}
    for entry in entries:
        if entry["kind"] != "hold.start" or entry["at"] > at or entry.get("hold") in released:
            continue
        if str(entry.get("from")) <= day <= str(entry.get("until")):
            return entry.get("hold")
    return None


def follow(entry, leaf, sessions, where):
    """Checks an entry against the one before it in its session."""
    if entry["kind"] == "gateway.start":
        sessions.clear()
    session = entry.get("session")
    if session is None:
        return
    before = sessions.get(session, (0, None))
    if entry["n"] != before[0] + 1:
        raise Problem(f"session {session} has entry {entry['n']} after {before[0] or 'none'}", *where)
    if entry["prev"] != before[1]:
        raise Problem(f"entry before this one in session {session} is not the one it was chained to", *where)
    if entry["kind"] in ("session.end", "session.refuse"):
        sessions.pop(session, None)
    else:
        sessions[session] = (entry["n"], leaf.hex())


def expect_root(tree, checkpoints, reached, file, offset):
    while reached < len(checkpoints) and checkpoints[reached][0] == tree.size:
        if checkpoints[reached][1] != tree.root():
            start = checkpoints[reached - 1][0] if reached else 0
            raise Problem(f"entries {start} to {tree.size - 1} are not those that were signed", file, offset, start)
        reached += 1
    return reached


def verify_log(directory, name, key, kept):
    tree, sessions, notes = Tree(), {}, []
    reached, checkpoints, erased, retention = 0, [], {}, []
    try:
        if key is None:
            raise Problem("there is no public key to verify this log with", "checkpoints", 0, 0)
        checkpoints, torn = read_checkpoints(directory, name, key, kept)
        if torn:
            notes.append(f"checkpoints ends with {torn} bytes of a cut note")
        files = sorted(file for file in os.listdir(directory) if SEGMENT.fullmatch(file))
        for index, file in enumerate(files):
            following = int(SEGMENT.fullmatch(files[index + 1])[1]) if index + 1 < len(files) else None
            segment = read_bytes(os.path.join(directory, file))
            offset, *key = read_header(segment, file, name, tree)
            for entry, leaf, content, where in read_records(segment, offset, file, following, tree, notes):
                expect_content(entry, key, *content, erased, where)
                follow(entry, leaf, sessions, where)
                tree.append(leaf)
                reached = expect_root(tree, checkpoints, reached, *where[:2])
                if entry["kind"] in ("retention.expire", "hold.start", "hold.end"):
                    retention.append(entry)
        if reached < len(checkpoints):
            size, _, file, offset = checkpoints[reached]
            raise Problem(f"{size} entries were signed, but the log ends after {tree.size}", file, offset, tree.size)
        problem = None
    except Problem as found:
        problem = {"file": found.file, "offset": found.offset, "seq": found.seq, "what": found.what}
    signed = checkpoints[reached - 1][0] if reached else 0
    found = {"name": name, "entries": tree.size, "root": tree.root().hex(), "problem": problem, "notes": notes}
    return {**found, "signed": signed, "erased": erased, "retention": retention}


def read_records(data, offset, file, following, tree, notes):
    """Yields entry, leaf hash, content with its offset, and place of each record that counts."""
    while offset < len(data):
        if tree.size == following:
            notes.append(f"{file} ends with records that the next segment took over after a failure")
            return
        rest = len(data) - offset
        crc, length, content_length, content_offset = (
            struct.unpack_from(">IIII", data, offset) if rest >= 16 else (0, 1, 0, 0)
        )
        start = offset + 16
        end = start + length
        if not 0 < length <= ENTRY_BYTES_MAX:
            raise Problem(f"record is damaged: length {length} is impossible", file, offset, tree.size)
        if content_length > CONTENT_BYTES_MAX:
            raise Problem(f"record is damaged: content length {content_length} is impossible", file, offset, tree.size)
        if rest < 16 or end + content_length > len(data):
            if following is not None:
                raise Problem("record is damaged: the file ends inside it", file, offset, tree.size)
            notes.append(f"{file} ends with an unacknowledged tail of {rest} bytes")
            return
        body, content = data[start:end], data[end : end + content_length]
        if zlib.crc32(data[offset + 4 : end + content_length]) != crc:
            raise Problem("record is damaged: CRC does not match", file, offset, tree.size)
        entry = decode_entry(body)
        if entry is None:
            raise Problem("entry is malformed", file, start, tree.size)
        if entry["seq"] != tree.size:
            raise Problem(f"entry {entry['seq']} stands where entry {tree.size} belongs", file, start, tree.size)
        leaf = hashlib.sha256(b"\x00" + body).digest()
        yield entry, leaf, (content, content_offset), (file, start, tree.size)
        offset = end + content_length
    if following is not None and tree.size != following:
        raise Problem(f"entries {tree.size} to {following - 1} are missing", file, offset, tree.size)


def load_keys(lines, source, problems):
    keys = {}
    for line in filter(None, (line.strip() for line in lines)):
        key = parse_key(line)
        if key is None:
            problems.append(f"{source} cannot be read: not a verifier key")
        elif key[0] in keys:
            problems.append(f"{source} has two keys for log {key[0]}")
        else:
            keys[key[0]] = key
    return keys


def verify(directory, given_lines, kept):
    problems, logs = [], []
    registry = read_bytes(os.path.join(directory, "registry"))
    registered = load_keys((registry or b"").decode().split("\n"), "the registry", problems)
    given = load_keys(given_lines, "the given keys", problems)
    names = sorted(
        entry.name
        for entry in os.scandir(directory)
        if entry.is_dir() and entry.name != "keys" and LOG_NAME.fullmatch(entry.name)
    )
    for name in sorted({*registered, *given} - set(names)):
        problems.append(f"log {name} is missing as a whole")
    for name in names:
        if registry is not None and name not in registered and name not in given:
            problems.append(f"log {name} is not in the registry")
        own_text = read_bytes(os.path.join(directory, "keys", f"{name}.pub")) or b""
        own = load_keys([own_text.decode()], f"keys/{name}.pub", problems).get(name)
        key = given.get(name) if given_lines else registered.get(name, own)
        if own is not None and key is not None and own[1] != key[1]:
            problems.append(f"log {name} has another public key beside it than the one to verify with")
        notes = [note for note in kept if note.startswith(f"{name}\n")]
        logs.append(verify_log(os.path.join(directory, name), name, key, notes))
    if not logs:
        problems.append("there are no logs")
    judge_erasures(logs)
    ok = not problems and all(log["problem"] is None for log in logs)
    return {"ok": ok, "problems": problems, "logs": logs}


def main():
    parser = argparse.ArgumentParser(description="Verifies a Sallyport ledger directory.")
    parser.add_argument("directory")
    parser.add_argument("--key", action="append", default=[], help="verifier key, name+id+key")
    parser.add_argument("--checkpoint", action="append", default=[], help="file with one signed checkpoint")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    kept = [(read_bytes(path) or b"").decode() for path in options.checkpoint]
    report = verify(options.directory, options.key, kept)
    if options.json:
        print(json.dumps(report))
    else:
        for problem in report["problems"]:
            print(problem)
        for log in report["logs"]:
            found = log["problem"]
            where = "whole" if found is None else "{file} at byte {offset}, entry {seq}: {what}".format(**found)
            print(f"{log['name']}: {log['entries']} entries, root {log['root']}: {where}")
            for note in log["notes"]:
                print(f"{log['name']}: note: {note}")
    sys.exit(0 if report["ok"] else 1)


if __name__ == "__main__":
    main()

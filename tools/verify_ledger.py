#!/usr/bin/env python3
"""Verifies a Sallyport ledger directory, from docs/ledger-format.md alone.

Shares no code with the gateway and needs nothing but Python 3.8. Exits 0 if every log is whole, 1 if not
(naming the first bad place of each), 2 if it was called wrongly.

    verify_ledger.py <data>/ledger [--key KEY ...] [--checkpoint FILE ...] [--json]
    verify_ledger.py --proof <file> --key KEY [--witness-key KEY ...] [--json]
    verify_ledger.py <copy> --witness-key KEY [--required N] [--as-of 2026-11-21T13:30:00Z]

A KEY is NAME+ID+KEY, or a file with one on each line, such as <data>/ledger/keys/<log>.pub.
"""

import argparse
import base64
import datetime
import functools
import hashlib
import itertools
import json
import mmap
import os
import re
import stat
import struct
import sys
import time
import zlib

ENTRY_BYTES_MAX = 65535
CONTENT_BYTES_MAX = 65536
# Stands for the offset of a content that was erased, or of what is left of an entry.
ERASED_OFFSET = 2**32 - 1
# Day, commitment and wrapped key.
CONTENT_KEY_BYTES = 10 + 32 + 60
# What a log says of itself stays when other entries expire.
LASTING_KINDS = {
    *("gateway.start", "retention.expire", "hold.start", "hold.end"),
    *("ledger.heads", "ledger.key-change", "ledger.resume"),
}
# How often a log says how far the others are.
HEADS_SECONDS = 3600
LOG_NAME = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?")
SEGMENT = re.compile(r"([0-9]{16})\.segment")
# No note is as long, with as many signatures as it may have.
NOTE_BYTES_MAX = 2**20
SIGNATURES_MAX = 64
TEXT_BYTES_MAX = 2**24
# The longest interval of checkpoints, and a minute.
UNSIGNED_SECONDS_MAX = 3660
LEADING = re.compile(
    r'\{"v":1,"seq":(?:0|[1-9]\d{0,15}),"at":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z","kind":"[a-z.-]{1,64}"'
    r'(?:,"session":"(?:[^"\\]|\\.)*","n":[1-9]\d{0,15},"prev":(?:null|"[0-9a-f]{64}"))?(?:,"content":"([0-9a-f]{64})")?[,}]',
    re.ASCII | re.DOTALL,
)

STRING = re.compile(r'"(?:[^"\\]|\\.)*"')

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


@functools.lru_cache(maxsize=None)
def windows(point):
    """Multiples of the point by 0 to 15, of 16 times the point by 0 to 15, and so on."""
    rows = []
    for _ in range(64):
        rows.append([(0, 1, 1, 0)])
        for _ in range(15):
            rows[-1].append(add(rows[-1][-1], point))
        point = add(rows[-1][-1], point)
    return rows


def multiply(scalar, point):
    product = (0, 1, 1, 0)
    for row in windows(point):
        product = add(product, row[scalar & 15])
        scalar >>= 4
    return product


def recover_x(y, sign):
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P != 0:
        x = x * SQRT_MINUS_1 % P
    if y >= P or (x * x - square) % P != 0 or (x == 0 and sign):
        return None
    return P - x if x & 1 != sign else x


@functools.lru_cache(maxsize=None)
def decompress(encoded):
    y = int.from_bytes(encoded, "little")
    sign, y = y >> 255, y & ((1 << 255) - 1)
    x = recover_x(y, sign)
    return None if x is None else (x, y, 1, x * y % P)


BASE_Y = 4 * pow(5, P - 2, P) % P
BASE_X = recover_x(BASE_Y, 0)
BASE = (BASE_X, BASE_Y, 1, BASE_X * BASE_Y % P)


@functools.lru_cache(maxsize=None)
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
    def __init__(self, size=0, peaks=()):
        self.size = size
        self.peaks = list(peaks)

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


def parse_key(line, kind=1):
    """Reads name+id+key; None if it is not an Ed25519 key of this kind: 1 signs text, 4 cosigns checkpoints."""
    parts = line.strip().split("+", 2)
    if len(parts) != 3:
        return None
    name, key_id = parts[0], parts[1]
    try:
        typed = base64.b64decode(parts[2], validate=True)
    except ValueError:
        return None
    if len(typed) != 33 or typed[0] != kind:
        return None
    expected = hashlib.sha256(name.encode() + b"\n" + typed).digest()[:4]
    return (name, expected, typed[1:]) if expected.hex() == key_id else None


def read_bytes(path):
    """Returns what is in a file, which is not read before it is looked at; None if there is none."""
    try:
        # A pipe or a device would never end.
        file = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except FileNotFoundError:
        return None
    try:
        found = os.fstat(file)
        if not stat.S_ISREG(found.st_mode):
            raise OSError(0, "it is no file", path)
        return mmap.mmap(file, 0, access=mmap.ACCESS_READ) if found.st_size > 0 else b""
    finally:
        os.close(file)


def read_text(path):
    data = read_bytes(path)
    if data is not None and len(data) > TEXT_BYTES_MAX:
        raise OSError(0, "it is too long", path)
    return None if data is None else data[:].decode("utf-8", "replace")


def printable(text):
    """What was read could command a terminal."""
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)


def split_note(note):
    """Returns the text and the signatures by name and key id, or text that says what is wrong."""
    text, separator, lines = note.partition("\n\n")
    if not separator or not lines.endswith("\n"):
        return "has no signatures"
    if lines.count("\n") > SIGNATURES_MAX:
        return "has too many signatures"
    signatures = []
    for line in lines[:-1].split("\n"):
        match = re.fullmatch(r"— (\S+) ([A-Za-z0-9+/]+=*)", line)
        try:
            signature = base64.b64decode(match[2] if match else "", validate=True)
        except ValueError:
            continue
        if match is None:
            continue
        # The last character has bits that no byte uses: one signature, one text.
        if base64.b64encode(signature).decode() == match[2]:
            signatures.append((match[1], signature[:4], signature[4:]))
    return text + "\n", signatures


def is_signed_by(text, signatures, key):
    name, key_id, public_key = key
    own = [signature for signer, signer_id, signature in signatures if (signer, signer_id) == (name, key_id)]
    return sum(len(one) == 64 and is_signed(public_key, text.encode(), one) for one in own) == 1


def find_cosignature(text, signatures, witness):
    """Returns the newest time at which a witness cosigned a checkpoint, in seconds; None if it did not."""
    name, key_id, public_key = witness
    newest = None
    for signer, signer_id, signature in signatures:
        if (signer, signer_id) != (name, key_id) or len(signature) != 72:
            continue
        (seconds,) = struct.unpack_from(">Q", signature)
        message = f"cosignature/v1\ntime {seconds}\n{text}".encode()
        if (newest is None or seconds > newest) and is_signed(public_key, message, signature[8:]):
            newest = seconds
    return newest


def read_checkpoint(text):
    """Returns origin, size and root, or text that says what is wrong."""
    lines = text.split("\n")
    if len(lines) < 4 or not lines[0]:
        return "is not a checkpoint"
    if not re.fullmatch(r"0|[1-9][0-9]{0,15}", lines[1]) or int(lines[1]) >= 2**53:
        return "has an impossible size"
    try:
        root = base64.b64decode(lines[2], validate=True)
    except ValueError:
        root = b""
    if len(root) != 32 or base64.b64encode(root).decode() != lines[2]:
        return "has an impossible root"
    return lines[0], int(lines[1]), root


def read_notes(path):
    """Yields the notes of a file with their offsets; at last, none with the length of what a crash cut at its end."""
    data = read_bytes(path) or b""
    offset = 0
    while True:
        signatures = data.find(b"\n\n", offset, offset + NOTE_BYTES_MAX)
        end = data.find(b"\n\n", signatures + 2, offset + NOTE_BYTES_MAX) if signatures != -1 else -1
        if end == -1:
            yield None, len(data) - offset
            return
        yield data[offset : end + 1].decode("utf-8", "replace"), offset
        offset = end + 2


def read_key_chain(directory, name, known):
    """Returns keys with the size and root that each signed last, oldest first; the newest with none."""
    file = "key-changes"
    chain = []
    for note, _ in read_notes(os.path.join(directory, file)):
        if note is None:
            break
        split = split_note(note)
        lines = split[0].split("\n") if isinstance(split, tuple) else []
        if len(lines) < 6 or lines[0] != "sallyport ledger key change":
            raise Problem("the change of the log's key is none", file, 0, 0)
        old, new = parse_key(lines[1]), parse_key(lines[2])
        last = read_checkpoint("\n".join(lines[3:]))
        if old is None or new is None or isinstance(last, str) or {old[0], new[0], last[0]} != {name}:
            raise Problem("the change of the log's key is none", file, 0, 0)
        if not is_signed_by(*split, old) or not is_signed_by(*split, new):
            raise Problem("the change of the log's key is not signed", file, 0, 0)
        if chain and (chain.pop()[0] != old or chain and chain[-1][1] >= last[1]):
            raise Problem("the change of the log's key does not follow from the one before", file, 0, 0)
        chain += [(old, last[1], last[2]), (new, None, None)]
    if not chain:
        return [(known, None, None)]
    if known not in [key for key, _, _ in chain]:
        raise Problem("the change of the log's key leads to no known key", file, 0, 0)
    return chain


def read_claims(directory, name, chain, kept, witnesses):
    """Returns what was signed, smallest first: size, root, file, offset, times by witness."""
    # What is stated again is one claim, of whoever cosigned either.
    claims = {(size, root): (size, root, "key-changes", 0, {}) for _, size, root in chain if size is not None}
    elsewhere = [(note, "checkpoint kept elsewhere", 0) for note in kept]
    own = ((note, "checkpoints", offset) for note, offset in read_notes(os.path.join(directory, "checkpoints")))
    torn = 0
    for note, file, offset in itertools.chain(own, elsewhere):
        if note is None:
            torn = offset
            continue
        split = split_note(note)
        read = read_checkpoint(split[0]) if isinstance(split, tuple) else split
        if isinstance(read, str):
            raise Problem(f"checkpoint {read}", file, offset, 0)
        key = next(key for key, last, _ in chain if last is None or read[1] <= last)
        if not is_signed_by(*split, key):
            raise Problem(f"checkpoint is not signed by the key of {name}", file, offset, 0)
        if read[0] != name:
            raise Problem("checkpoint is of another log", file, offset, 0)
        times = {witness: find_cosignature(*split, witness) for witness in witnesses}
        known = claims.setdefault(read[1:], (*read[1:], file, offset, {}))[4]
        for witness, at in times.items():
            if at is not None:
                known[witness] = max(at, known.get(witness, 0))
    return sorted(claims.values(), key=lambda claim: claim[0]), torn


def find_witnessed(claims, witnesses, required):
    """Returns how many entries enough witnesses saw, and when that was last."""
    sizes, times = [], []
    for witness in witnesses:
        # A witness cosigns the largest that it knows: what it says of it last counts.
        own = [claim for claim in claims if witness in claim[4]]
        size = max((claim[0] for claim in own), default=0)
        sizes.append(size)
        times.append(max((claim[4][witness] for claim in own if claim[0] == size), default=0))
    sizes, times = sorted(sizes, reverse=True), sorted(times, reverse=True)
    return (sizes[required - 1], times[required - 1]) if required <= len(witnesses) else (0, 0)


def read_header(data, file, name, tree):
    """Checks a header against the tree so far; returns its length, day and id of the content key, and if entries expired."""
    first = int(SEGMENT.fullmatch(file)[1])
    if len(data) < 20 or data[:8] != b"SPLEDGER":
        raise Problem("does not begin as a segment does", file, 0, tree.size)
    version, seq, name_bytes = struct.unpack_from(">HQH", data, 8)
    end = 20 + name_bytes
    if version not in (2, 3) or len(data) < end + 2:
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
    return key_end + 4, day, hashlib.sha256(data[peaks_end:key_end]).digest(), version == 3


def unique(pairs):
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ValueError("repeated key")
    return fields


def refuse(constant):
    raise ValueError(f"{constant} is no JSON")


# Made once: json.loads makes one for each call with a hook.
DECODER = json.JSONDecoder(object_pairs_hook=unique, parse_constant=refuse)


def decode_entry(data):
    """Returns the fields, or None if the bytes are not an entry."""
    try:
        text = data.decode("utf-8")
        leading = LEADING.match(text)
        if " " in text and " " in STRING.sub("", text):
            return None
        entry, end = DECODER.raw_decode(text) if leading else ({}, None)
        # Its place is fixed.
        return entry if end == len(text) and entry.get("content") == leading[1] else None
    except (ValueError, RecursionError):
        return None


def expect_content(entry, key, content, offset, erased, where):
    """Checks what stands behind an entry against the hash in it; notes what is gone."""
    day, key_id = key
    if "content" not in entry:
        if content:
            raise Problem("entry has a content of which it does not speak", *where)
    elif not content or offset == ERASED_OFFSET:
        count_gone(erased, day, where)
    elif hashlib.sha256(key_id + struct.pack(">I", offset) + content).hexdigest() != entry["content"]:
        raise Problem("content is not the one that its entry speaks of", *where)


def count_gone(parts, day, where):
    """Adds to what is gone from a segment: its day, the first place, the last number, how many."""
    file, _, seq = where
    _, first, _, count = parts.get(file, (day, where, seq, 0))
    parts[file] = (day, first, seq, count + 1)


def judge_erasures(logs, entries_kept):
    """What is gone was to go if a signed entry says that its day expired, after every hold under which it was there."""
    for log in logs:
        said = [entry for other in logs for entry in list_said(other, log["name"])]
        gone = [("content", "contents", *part) for part in group_by_day(log["erased"])]
        gone += [("entries", "entries", *part) for part in group_by_day(log["expired"])]
        log["erased"], log["expired"] = [], []
        for of, what, day, parts in gone:
            by = find_authority(said, of, day, entries_kept, (log["name"], parts))
            named = None if isinstance(by, str) else {key: by[key] for key in ("log", "seq", "at")}
            (file, offset, seq), count = parts[0][0], sum(part[2] for part in parts)
            log["erased" if of == "content" else "expired"].append({"day": day, "count": count, "seq": seq, "by": named})
            beyond = next((part for part in parts if named and not is_within(by, log["name"], part)), None)
            stays = log["lasting"].get(day, bytes(32).hex())
            if beyond:
                file, offset, seq = beyond[0]
                by = "beyond what entry {seq} of {log} names".format(**named)
            elif of == "entries" and named and said_to_stay(by, log["name"]) != stays:
                by = "with some that were to stay"
            if isinstance(by, str) and log["problem"] is None:
                what = f"{what} of {day} were deleted {by}"
                log["problem"] = {"file": file, "offset": offset, "seq": seq, "what": what}


def said_to_stay(expiry, log):
    """The digest of the entries of a log that an expiry leaves."""
    stays = expiry.get("stays")
    digest = stays.get(log) if isinstance(stays, dict) else None
    return bytes(32).hex() if digest is None else digest


def group_by_day(segments):
    """Returns each day with what is gone of it, a part for each segment: the first place, the last number, how many."""
    days = {}
    for day, *part in segments.values():
        days.setdefault(day, []).append(part)
    return days.items()


def is_within(expiry, log, part):
    """Nobody signs the day in a segment's header: an expiry names the entries that it speaks of. Older ones do not."""
    spans = expiry.get("spans")
    return not isinstance(spans, dict) or lies_within(spans, log, part)


def lies_within(spans, log, part):
    (_, _, seq), last, _ = part
    return any(is_pair(span) and span[0] <= seq and last <= span[1] for span in as_list(spans.get(log)))


def find_authority(said, of, day, kept_days, gone):
    """Returns the entry by which something of a day was to go, or text that says why it was not."""
    expiries = [e for e in said if e["kind"] == "retention.expire" and (e["of"], e["day"]) == (of, day)]
    if not expiries:
        return "without authority"
    if of == "entries":
        expiries = [e for e in expiries if is_due(e, kept_days)]
    if not expiries:
        return "before their time"
    last = max(expiries, key=lambda entry: entry["at"])
    log, parts = gone
    # Of entries of a day, some may have been gone before the hold, and the rest kept by it.
    said = [e for e in said if of == "content" or e["kind"] != "hold.start" or not all(
        lies_within(e["thinned"], log, part) if isinstance(e.get("thinned"), dict) else False for part in parts)]
    hold = find_hold(said, "gone" if of == "content" else "goneEntries", day, last["at"])
    return last if hold is None else f"while hold {hold} was in force"


def is_due(expiry, kept_days):
    """Entries were kept as long as their expiry says, and as whoever verifies demands."""
    said = expiry.get("keptDays")
    days = max(kept_days, said if type(said) in (int, float) else 0) + 1
    try:
        return seconds(expiry["at"]) >= seconds(expiry["day"] + "T00:00:00Z") + days * 86400
    except (ValueError, OverflowError):
        return False


def list_said(log, name):
    """Yields what a log says that holds for the named one: its own gateway's logs, and those that it names."""
    is_own = re.sub(r"\.[^.]*$", "", log["name"]) == re.sub(r"\.[^.]*$", "", name)
    for entry in log["retention"]:
        if not is_own and name not in as_list(entry.get("logs")):
            continue
        # What forbids counts at once; what permits, only if it is vouched for.
        if entry["kind"] != "hold.start" and entry["seq"] >= log["signed"]:
            continue
        names = {"hold.start": ("hold", "from", "until"), "hold.end": ("hold",)}.get(entry["kind"], ())
        if not all(isinstance(entry.get(name), str) for name in names):
            continue
        # What expires in advance would permit anything later.
        is_expiry = entry.get("of") in ("content", "entries") and isinstance(entry.get("day"), str)
        if entry["kind"] != "retention.expire" or (is_expiry and entry["day"] < entry["at"][:10]):
            yield {**entry, "log": log["name"]}


def find_hold(said, gone, day, expired_at):
    """A hold that kept what a day has, and had not ended before that was said, for the last time, to expire."""
    released = {e["hold"] for e in said if e["kind"] == "hold.end" and e["at"] <= expired_at}
    for entry in said:
        if entry["kind"] != "hold.start" or entry["hold"] in released:
            continue
        before = [days for days in as_list(entry.get(gone)) if is_range(days) and days[0] <= day <= days[1]]
        if entry["from"] <= day <= entry["until"] and not before:
            return entry["hold"]
    return None


def follow(entry, leaf, state, where):
    """Checks an entry against the one before it in its session."""
    sessions = state.sessions
    if entry["kind"] == "gateway.start":
        sessions.clear()
        state.last_expired = -1
    session = entry.get("session")
    if session is None:
        return
    n, prev, seq = sessions.get(session, (0, None, -1))
    is_next = entry["n"] == n + 1
    # Entries of the session in between may have expired: then it goes on somewhere behind, and who knows from what.
    if not is_next and not (entry["n"] > n and seq < state.last_expired):
        raise Problem(f"session {session} has entry {entry['n']} after {n or 'none'}", *where)
    if entry["prev"] != prev if is_next else entry["prev"] is None:
        raise Problem(f"entry before this one in session {session} is not the one it was chained to", *where)
    if entry["kind"] in ("session.end", "session.refuse"):
        sessions.pop(session, None)
    else:
        sessions[session] = (entry["n"], leaf.hex(), entry["seq"])


class Claims:
    """What was signed of a log, held against its tree as that grows."""

    def __init__(self, claims, witnesses):
        self.claims, self.witnesses = claims, witnesses
        self.reached, self.vouched_for, self.roots = 0, 0, {}

    def expect(self, tree, file, offset):
        """Returns whether something was signed there."""
        before = self.reached
        while self.reached < len(self.claims) and self.claims[self.reached][0] == tree.size:
            claim = self.claims[self.reached]
            if claim[1] != tree.root():
                start = self.vouched_for
                what = f"entries {start} to {claim[0] - 1} are not those that were signed ({claim[2]})"
                raise Problem(what, file, offset, start)
            self.reach(claim)
        return self.reached > before

    def adopt(self, known):
        """Goes on behind a segment that was walked before, if what was signed of it is what it was then."""
        state, roots = known
        within = [claim for claim in self.claims[self.reached :] if claim[0] <= state.tree.size]
        if any(roots.get(claim[0]) != claim[1].hex() for claim in within):
            return False
        for claim in within:
            self.reach(claim)
        return True

    def reach(self, claim):
        size, root, _, _, times = claim
        self.roots[size] = root.hex()
        # Where witnesses are believed, what only the log's key signed vouches for nothing.
        if times or not self.witnesses:
            self.vouched_for = size
        self.reached += 1

    def expect_all(self, tree):
        if self.reached < len(self.claims):
            size, _, file, offset, _ = self.claims[self.reached]
            raise Problem(f"{size} entries were signed, but the log ends after {tree.size}", file, offset, tree.size)


def read_heads(entry):
    """Yields what an entry says of other logs."""
    for head in entry["logs"] if isinstance(entry.get("logs"), list) else []:
        if isinstance(head, dict) and isinstance(head.get("log"), str) and isinstance(head.get("root"), str):
            if type(head.get("size")) is int:
                yield {**head, "seq": entry["seq"], "at": entry["at"]}


def expect_announced(chain, announced):
    """Each key but the first was announced by an entry that the one before signed."""
    for (_, last, _), (key, _, _) in zip(chain, chain[1:]):
        announcements = [seq for line, seq in announced.items() if parse_key(line) == key]
        if not any(seq < last for seq in announcements):
            raise Problem("a key signed that no entry announced", "key-changes", 0, last)


def largest_size(directory):
    try:
        notes = (note for note, _ in read_notes(os.path.join(directory, "checkpoints")) if note is not None)
        sizes = (note.split("\n", 2)[1] for note in notes)
        return max((int(size) for size in sizes if re.fullmatch(r"[0-9]{1,16}", size)), default=0)
    except OSError:
        return 0  # Verifying the log says what is wrong.


class State:
    """How a log stands behind some entry: what is kept of all before it."""

    def __init__(self):
        self.tree, self.sessions, self.erased, self.expired, self.announced = Tree(), {}, {}, {}, {}
        self.retention, self.heads, self.notes = [], [], []
        # Digests of what stays, by day.
        self.lasting = {}
        # The last entry since a start of the gateway that expired.
        self.last_expired = -1
        # Earliest and latest time of entries that nobody has signed.
        self.unsigned = None
        # The file that is read.
        self.file = "checkpoints"

    def become(self, other):
        """Stands where another one stands; both grow apart."""
        self.tree = Tree(other.tree.size, other.tree.peaks)
        for name in ("sessions", "erased", "expired", "announced", "retention", "heads", "notes", "lasting"):
            setattr(self, name, getattr(other, name).copy())
        self.last_expired = other.last_expired
        return self

    def note(self, entry, leaf, day):
        """Keeps what an entry says of the log and of others."""
        if entry["kind"] in LASTING_KINDS:
            self.lasting[day] = hashlib.sha256(self.lasting.get(day, bytes(32)) + leaf).digest()
        if entry["kind"] in ("retention.expire", "hold.start", "hold.end"):
            self.retention.append(entry)
        elif entry["kind"] == "ledger.resume":
            self.retention = list(forget_refused(self.retention, entry))
        elif entry["kind"] == "ledger.heads":
            self.heads.extend(read_heads(entry))
        elif entry["kind"] == "ledger.key-change":
            self.announced[str(entry.get("key"))] = entry["seq"]


def forget_refused(said, resume):
    """Yields what still counts: what permits to erase only if it was not refused to its caller, what forbids it in any case."""
    ranges = [pair for pair in as_list(resume.get("refused")) if is_pair(pair)]
    for entry in said:
        is_refused = any(first <= entry["seq"] <= last for first, last in ranges)
        if entry["kind"] == "hold.start" or not is_refused:
            yield entry


def as_list(value):
    return value if isinstance(value, list) else []


def is_range(value):
    """Two days, the first and the last."""
    return isinstance(value, list) and len(value) == 2 and all(isinstance(day, str) for day in value)


def is_pair(value):
    """Two numbers of entries, the first and the last."""
    return isinstance(value, list) and len(value) == 2 and all(is_whole(end) for end in value)


def is_whole(value):
    """However it is written: many a reader of JSON knows no other numbers than those of 64 bits with a point."""
    return type(value) in (int, float) and abs(value) < 2**53 and value == int(value)


def walk_segment(data, file, name, following, state, claims):
    """Checks a segment against all before it."""
    offset, day, key_id, is_thinned = read_header(data, file, name, state.tree)
    for entry, leaf, content, where in read_records(data, offset, file, following, state.tree, state.notes):
        if entry is None and not is_thinned:
            raise Problem("an entry is gone from a segment that is not said to lack any", *where)
        if entry is None:
            state.last_expired = state.tree.size
            count_gone(state.expired, day, where)
        else:
            expect_content(entry, (day, key_id), *content, state.erased, where)
            follow(entry, leaf, state, where)
            state.note(entry, leaf, day)
        state.tree.append(leaf)
        if entry is not None:
            since, until = state.unsigned or (entry["at"], entry["at"])
            state.unsigned = (min(since, entry["at"]), max(until, entry["at"]))
        if claims.expect(state.tree, *where[:2]):
            state.unsigned = None


def walk_log(directory, name, claims, known, state):
    """Walks all segments. A log that begins with bytes in which nothing was found before goes on behind them."""
    files = sorted(file for file in os.listdir(directory) if SEGMENT.fullmatch(file))
    claims.expect(state.tree, "checkpoints", 0)
    place = name
    for index, file in enumerate(files):
        state.file = file
        following = int(SEGMENT.fullmatch(files[index + 1])[1]) if index + 1 < len(files) else None
        data = read_bytes(os.path.join(directory, file))
        if known is None:
            walk_segment(data, file, name, following, state, claims)
            continue
        place = f"{place} {file} {following} {hashlib.sha256(data).hexdigest()}"
        place = hashlib.sha256(place.encode()).hexdigest()
        if place in known and claims.adopt(known[place]):
            state.become(known[place][0])
        else:
            walk_segment(data, file, name, following, state, claims)
            known.setdefault(place, (State().become(state), dict(claims.roots)))


def verify_log(directory, name, key, kept, witnesses, required, known=None):
    state, notes, claims = State(), [], Claims([], witnesses)
    try:
        if key is None:
            raise Problem("there is no public key to verify this log with", "checkpoints", 0, 0)
        chain = read_key_chain(directory, name, key)
        signed, torn = read_claims(directory, name, chain, kept, witnesses)
        claims = Claims(signed, witnesses)
        if torn:
            notes.append(f"checkpoints ends with {torn} bytes of a cut note")
        walk_log(directory, name, claims, known, state)
        claims.expect_all(state.tree)
        expect_announced(chain, state.announced)
        problem = None
    except Problem as found:
        problem = {"file": found.file, "offset": found.offset, "seq": found.seq, "what": found.what}
    except OSError as error:
        what = f"it cannot be read: {error.strerror}"
        problem = {"file": state.file, "offset": 0, "seq": state.tree.size, "what": what}
    fitting = claims.claims[: claims.reached]
    witnessed = find_witnessed(fitting, witnesses, required) if witnesses else None
    vouched = witnessed[0] if witnessed else fitting[-1][0] if fitting else 0
    heads = [head for head in state.heads if head["seq"] < vouched]
    found = {"name": name, "entries": state.tree.size, "root": state.tree.root().hex(), "problem": problem}
    said = {"notes": notes + state.notes, "retention": state.retention, "heads": heads}
    lasting = {day: digest.hex() for day, digest in state.lasting.items()}
    gone = {"erased": state.erased, "expired": state.expired, "lasting": lasting}
    signed = {"signed": vouched, "witnessed": witnessed, "roots": claims.roots, "unsigned": state.unsigned}
    return {**found, **said, **gone, **signed}


def judge_heads(logs, sizes):
    """Compares what logs say of each other with what is there; returns the names of logs that are missing."""
    missing = []
    for speaker in logs:
        # What was entered after the others were read may speak of more than was read of them.
        for head in [head for head in speaker["heads"] if head["seq"] < sizes[speaker["name"]]]:
            log = next((log for log in logs if log["name"] == head["log"]), None)
            if log is None:
                missing.append(f"log {head['log']} is missing as a whole: {speaker['name']} knew it")
            elif log["problem"] is None and head["size"] > 0 and log["roots"].get(head["size"]) != head["root"]:
                before = max((size for size in log["roots"] if size < head["size"] and size <= log["signed"]), default=0)
                seq = log["entries"] if head["size"] > log["entries"] else before
                what = f"entry {head['seq']} of {speaker['name']} knew {head['size']} entries that are not these"
                log["problem"] = {"file": "checkpoints", "offset": 0, "seq": seq, "what": what}
    return missing


def judge_unsigned(logs):
    """A log signs itself at intervals: what it lacks signatures of for longer, somebody else wrote, or took them away."""
    for log in logs:
        if log["unsigned"] is None or log["problem"] is not None:
            continue
        since, until = log["unsigned"]
        try:
            if seconds(until) - seconds(since) <= UNSIGNED_SECONDS_MAX:
                continue
        except ValueError:
            pass  # No such day: nobody signed that either.
        what = f"entries from {log['signed']} on are not vouched for: nobody signed what is there since {since}"
        log["problem"] = {"file": "checkpoints", "offset": 0, "seq": log["signed"], "what": what}


def judge_staleness(logs, as_of, stale_after):
    """A log that too few witnesses saw lately may have been cut, or written anew, by whoever has its keys."""
    stale = [log for log in logs if not 0 < as_of - stale_after <= log["witnessed"][1]]
    fresh = [log for log in logs if log not in stale and log["problem"] is None]
    for log in stale:
        heads = [[head for head in one["heads"] if head["log"] == log["name"]][-1:] for one in fresh]
        known = any(
            head["size"] == log["entries"] and as_of - seconds(head["at"]) <= HEADS_SECONDS + stale_after
            for (head,) in filter(None, heads)
        )
        if not known and log["problem"] is None:
            size, at = log["witnessed"]
            what = f"entries from {size} on are not vouched for: enough witnesses saw the log last at {at}"
            log["problem"] = {"file": "checkpoints", "offset": 0, "seq": size, "what": what}


def seconds(instant):
    return datetime.datetime.fromisoformat(instant.replace("Z", "+00:00")).timestamp()


def read_records(data, offset, file, following, tree, notes):
    """Yields entry (none if it expired), leaf hash, content with its offset, and place of each record that counts."""
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
        is_expired = length == 0 and content_length == 32 and content_offset == ERASED_OFFSET
        if not is_expired and not 0 < length <= ENTRY_BYTES_MAX:
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
        if is_expired:
            yield None, content, None, (file, offset, tree.size)
            offset = end + content_length
            continue
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


def verify(directory, given_lines, kept, witness_lines=(), required=None, as_of=0, stale_after=60, known=None, entries_kept=0):
    """Returns what was found. known: a dictionary to keep between calls; the same bytes are not walked again."""
    problems, logs = [], []
    registry = read_given(os.path.join(directory, "registry"), "the registry", problems)
    registered = load_keys((registry or "").split("\n"), "the registry", problems)
    given = load_keys(given_lines, "the given keys", problems)
    witnesses = list(dict.fromkeys(parse_key(line, 4) for line in witness_lines))
    if None in witnesses or len({witness[2] for witness in witnesses}) < len(witness_lines):
        problems.append("a witness key cannot be read, or was given twice")
        witnesses = [witness for witness in witnesses if witness is not None]
    names = sorted(
        entry.name
        for entry in os.scandir(directory)
        if entry.is_dir(follow_symlinks=False) and entry.name != "keys" and LOG_NAME.fullmatch(entry.name)
    )
    sizes = {name: largest_size(os.path.join(directory, name)) for name in names}
    problems += dict.fromkeys(judge_kept(kept, names))
    for name in sorted({*registered, *given} - set(names)):
        problems.append(f"log {name} is missing as a whole")
    for name in names:
        if registry is not None and name not in registered and name not in given:
            problems.append(f"log {name} is not in the registry")
        own_text = read_given(os.path.join(directory, "keys", f"{name}.pub"), f"keys/{name}.pub", problems)
        own = load_keys([own_text or ""], f"keys/{name}.pub", problems).get(name)
        key = given.get(name) if given_lines else registered.get(name, own)
        log_directory = os.path.join(directory, name)
        if own is not None and key is not None and not is_in_chain(log_directory, name, key, own):
            problems.append(f"log {name} has another public key beside it than the one to verify with")
        notes = [note for note in kept if note.startswith(f"{name}\n")]
        logs.append(verify_log(log_directory, name, key, notes, witnesses, required or len(witnesses), known))
    if not logs:
        problems.append("there are no logs")
    problems += dict.fromkeys(judge_heads(logs, sizes))
    judge_erasures(logs, entries_kept)
    if witness_lines:
        judge_staleness(logs, as_of, stale_after)
    else:
        judge_unsigned(logs)
    ok = not problems and all(log["problem"] is None for log in logs)
    return {"ok": ok, "problems": problems, "logs": logs}


def read_given(path, source, problems):
    try:
        return read_text(path)
    except OSError as error:
        problems.append(f"{source} cannot be read: {error.strerror}")
        return None


def judge_kept(kept, names):
    """What was kept elsewhere shows nothing unless there is the log that it is of."""
    for note in kept:
        name, separator, _ = note.partition("\n")
        if not separator or not LOG_NAME.fullmatch(name):
            yield "what was kept elsewhere is not all checkpoints: one begins with no name of a log"
        elif name not in names:
            yield f"log {name} is missing as a whole: a checkpoint kept elsewhere is of it"


def is_in_chain(directory, name, key, own):
    try:
        return own in [each for each, _, _ in read_key_chain(directory, name, key)]
    except (OSError, Problem):
        return True  # Verifying the log says what is wrong.


# --- Proofs of single entries (https://c2sp.org/tlog-proof) ---


def root_of_path(index, size, leaf, path):
    """Follows a path from a leaf up (RFC 6962, section 2.1.1); None if it does not fit the place."""
    node, last = leaf, size - 1
    for sibling in path:
        if last == 0:
            return None
        if index & 1 or index == last:
            node = hashlib.sha256(b"\x01" + sibling + node).digest()
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            node = hashlib.sha256(b"\x01" + node + sibling).digest()
        index, last = index >> 1, last >> 1
    return node if last == 0 else None


def check_proof(text, key_lines, witness_lines, required):
    """Returns the log, the entry and when each witness saw it, or text that says why nothing is proved."""
    head, _, note = text.partition("\n\n")
    match = re.fullmatch(
        r"c2sp\.org/tlog-proof@v1\nextra ([A-Za-z0-9+/]+=*)\nindex (0|[1-9]\d{0,15})((?:\n[A-Za-z0-9+/]{43}=){0,63})",
        head,
        re.ASCII,
    )
    split = split_note(note)
    read = read_checkpoint(split[0]) if isinstance(split, tuple) else split
    if match is None or isinstance(read, str):
        return "the file is no proof with an entry"
    origin, size, root = read
    keys = [parse_key(line) for line in key_lines]
    witnesses = set(parse_key(line, 4) for line in witness_lines)
    if None in keys or None in witnesses or not (keys or (witnesses and required)):
        return "there is no key to check it with"
    if keys and not any(key[0] == origin and is_signed_by(*split, key) for key in keys):
        return f"checkpoint is not signed by a given key of log {origin}"
    times = {witness[2]: find_cosignature(*split, witness) for witness in witnesses}
    seen = {key: at for key, at in times.items() if at is not None}
    if len(seen) < required:
        return f"{len(seen)} of {required} witnesses cosigned"
    body, index = base64.b64decode(match[1]), int(match[2])
    path = [base64.b64decode(line) for line in match[3].split()]
    leaf = hashlib.sha256(b"\x00" + body).digest()
    if index >= size or root_of_path(index, size, leaf, path) != root:
        return "the path does not lead from the entry to the root that was signed"
    entry = decode_entry(body)
    if entry is None or entry["seq"] != index:
        return "the entry is not the one of this index"
    return origin, body.decode(), sorted(seen.values())


def find_keys(parser, values, kind):
    """What was given as a key, a line each: keys, and what stands in files of them. By others every ledger would be damaged."""
    lines = []
    for value in values:
        found = [value]
        if os.path.isfile(value):
            found = [line.strip() for line in (read_text(value) or "").split("\n") if line.strip()]
            if not found:
                parser.error(f"there is no key in {printable(value)}")
        if None in [parse_key(line, kind) for line in found]:
            parser.error(f"{printable(value)} is no key of a {'log' if kind == 1 else 'witness'}, or no file of them")
        lines += found
    return lines


def find_ledger(parser, directory):
    """The directory, if it is not one that has a ledger in it: a data directory, or a copy of one."""
    inner = os.path.join(directory, "ledger")
    if os.path.isfile(os.path.join(inner, "registry")) and not os.path.exists(os.path.join(directory, "registry")):
        parser.error(f"{printable(directory)} is no ledger; name the one in it: {printable(inner)}")
    return directory


def read_kept(path):
    text = read_text(path)
    if text is None:
        raise OSError(0, "there is no such file", path)
    return text


def main():
    parser = argparse.ArgumentParser(description="Verifies a Sallyport ledger directory.")
    parser.add_argument("directory", help="a ledger, or with --proof a file that proves one entry")
    parser.add_argument("--proof", action="store_true", help="verify a proof of one entry in place of a ledger")
    parser.add_argument("--key", action="append", default=[], help="key of a log, name+id+key, or a file with some")
    parser.add_argument("--checkpoint", action="append", default=[], help="file with one signed checkpoint")
    parser.add_argument("--witness-key", action="append", default=[], help="key of a witness that is believed, or a file with some")
    parser.add_argument("--required", type=int, help="how many of them must have cosigned (default: all)")
    parser.add_argument("--as-of", help="when the ledger was copied (default: now)")
    parser.add_argument("--stale-after", type=float, default=60, help="seconds since the last cosignatures (default: 60)")
    parser.add_argument("--entries-kept", type=int, default=0, help="days that entries must have been kept")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    options = parser.parse_args()
    keys, witness_keys = find_keys(parser, options.key, 1), find_keys(parser, options.witness_key, 4)
    if options.required is not None and options.required < 1:
        parser.error("--required is how many witnesses must have cosigned, one at least")
    if options.proof:
        required = len(witness_keys) if options.required is None else options.required
        found = check_proof(read_kept(options.directory), keys, witness_keys, required)
        print_proof(found, options.json)
        sys.exit(1 if isinstance(found, str) else 0)
    if options.required is not None and not witness_keys:
        parser.error("--required counts witnesses, and none is given: --witness-key")
    kept = [read_kept(path) for path in options.checkpoint]
    try:
        as_of = time.time() if options.as_of is None else seconds(options.as_of)
    except ValueError:
        parser.error("--as-of takes an instant such as 2026-11-21T13:30:00Z")
    witnessing = (witness_keys, options.required, as_of, options.stale_after)
    report = verify(find_ledger(parser, options.directory), keys, kept, *witnessing, entries_kept=options.entries_kept)
    if options.json:
        print(json.dumps(report))
    else:
        print_report(report)
        if not keys and not witness_keys:
            print("Note: keys were taken from the ledger itself: whoever can replace all of it can replace them.", file=sys.stderr)
    sys.exit(0 if report["ok"] else 1)


def print_proof(found, as_json):
    if isinstance(found, str):
        print(printable(found))
    elif as_json:
        print(json.dumps(found))
    else:
        log, entry, seen = found
        print(printable(f"Entry {decode_entry(entry.encode())['seq']} is in log {log}."))
        print(printable(entry))
        for at in seen:
            print(f"A witness saw it at {time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(at))}.")


def print_report(report):
    for problem in report["problems"]:
        print(printable(problem))
    for log in report["logs"]:
        found = log["problem"]
        where = "whole" if found is None else "{file} at byte {offset}, entry {seq}: {what}".format(**found)
        print(printable(f"{log['name']}: {log['entries']} entries, root {log['root']}: {where}"))
        for part in log["expired"]:
            by = "nothing that counts" if part["by"] is None else "entry {seq} of {log}, at {at}".format(**part["by"])
            print(printable(f"{log['name']}: {part['count']} entries of {part['day']} expired by {by}"))
        for note in log["notes"]:
            print(f"{log['name']}: note: {note}")


if __name__ == "__main__":
    try:
        main()
    except OSError as error:
        sys.exit(printable(f"Cannot read {error.filename}: {error.strerror}"))

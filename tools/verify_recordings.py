#!/usr/bin/env python3
"""Compares recordings with the digests that a Sallyport ledger has of their bytes. Needs no key.

Says nothing of the ledger itself: verify_ledger.py does. Exits 0 if each recording is as it was written, 1 if not.

    verify_recordings.py <data>/ledger <data>/recordings
"""

import argparse
import hashlib
import json
import os
import re
import struct
import sys

from verify_ledger import CONTENT_KEY_BYTES, LOG_NAME, SEGMENT, as_list, decode_entry, find_hold, find_ledger, forget_refused, largest_size, printable, read_bytes

RECORDING = re.compile(r"\d{4}-\d\d-\d\d/[A-Za-z0-9][A-Za-z0-9_-]{0,127}\.(?:rec|raw\.age)", re.ASCII)
# Twice what the longest has. A file can be said to be longer than anybody could read.
STRETCH_BYTES_MAX = 1024 * 1024
SAYS_OF_RECORDINGS = re.compile(
    rb'\{"v":1,"seq":\d+,"at":"[^"]+","kind":"'
    rb'(?:gateway\.start|session\.(?:start|end)|recording\.(?:start|chunk|remove)|retention\.expire|'
    rb'hold\.(?:start|end)|ledger\.resume)"'
)


def list_entries(directory, wanted):
    """Yields the entries of a log whose bytes match. Checks nothing: verify does."""
    files = sorted(file for file in os.listdir(directory) if SEGMENT.fullmatch(file))
    firsts = [int(SEGMENT.fullmatch(file)[1]) for file in files] + [None]
    for index, file in enumerate(files):
        data, seq = read_bytes(os.path.join(directory, file)), firsts[index]
        name_end = 20 + struct.unpack_from(">H", data, 18)[0]
        offset = name_end + 2 + 32 * struct.unpack_from(">H", data, name_end)[0] + CONTENT_KEY_BYTES + 4
        while seq != firsts[index + 1] and offset + 16 <= len(data):
            _, length, content_length, _ = struct.unpack_from(">IIII", data, offset)
            body = data[offset + 16 : offset + 16 + length]
            offset += 16 + length + content_length
            seq += 1
            entry = decode_entry(body) if wanted.match(body) and offset <= len(data) else None
            if entry is not None:
                yield entry


class Recordings:
    """Compares the files of recordings with the digests that the ledger has of their bytes."""

    def __init__(self, directory):
        self.directory, self.compared, self.problems = directory, 0, []
        self.missing, self.unbegun = {}, []
        # What was said to be removed, to expire, and to be held, by log.
        self.said = {}
        # Entries of each log that its checkpoints state: what says that something goes counts only under one.
        self.signed = {}

    def read_log(self, directory, log):
        sessions = {}
        said = self.said[log] = []
        self.signed[log] = largest_size(directory)
        for entry in list_entries(directory, SAYS_OF_RECORDINGS):
            kind, session = entry["kind"], entry.get("session", "")
            if kind == "gateway.start":
                # No session outlives its gateway: what a crash left open was written up to where its file ends.
                self.compare_all(log, sessions, False)
                sessions = {}
            elif kind == "ledger.resume":
                said[:] = forget_refused(said, entry)
            elif kind in ("recording.remove", "retention.expire", "hold.start", "hold.end"):
                said.append(entry)
            elif kind in ("session.start", "recording.start"):
                files = sessions.setdefault(session, [])
                if "recording" in entry:
                    files.append((str(entry["recording"]), []))
            elif kind == "recording.chunk":
                # Each track's digests name their file; without a name they are of the first.
                name = entry.get("path")
                own = [each for each in sessions.get(session, []) if name in (None, each[0])]
                if own:
                    length = entry.get("storedBytes")
                    is_length = type(length) is int and 0 <= length <= STRETCH_BYTES_MAX
                    own[0][1].append((length if is_length else 0, entry.get("sha256", "")))
                else:
                    self.unbegun.append((log, entry))
            else:
                self.compare_all(log, {session: sessions.pop(session, [])}, not has_failed(entry))
        self.compare_all(log, sessions, False)

    def compare_all(self, log, sessions, is_finished):
        for session, files in sessions.items():
            for name, stretches in files:
                if not RECORDING.fullmatch(name):
                    self.report(session, name, "is no name of a recording")
                    continue
                try:
                    data = read_bytes(os.path.join(self.directory, name))
                except OSError as error:
                    self.report(session, name, f"cannot be read: {error.strerror}")
                    continue
                if data is None:
                    self.missing[name] = (log, session)
                    continue
                problem = compare_stretches(data, stretches, is_finished)
                if problem is None:
                    self.compared += 1
                else:
                    self.report(session, name, problem)

    def finish(self):
        removed = 0
        for name, (log, session) in self.missing.items():
            problem = self.complain_of_missing(log, name)
            if problem is None:
                removed += 1
            else:
                self.report(session, name, problem)
        for log, entry in self.unbegun:
            expiries = [expiry for expiry in self.find_expiries(log, "entries") if self.is_signed(*expiry)]
            if not any(expiry["day"] <= entry["at"][:10] for _, expiry in expiries):
                what = "has digests, but no beginning in the ledger"
                self.report(entry.get("session", ""), entry.get("path", ""), what)
        return {"ok": not self.problems, "compared": self.compared, "removed": removed, "problems": self.problems}

    def complain_of_missing(self, log, name):
        """Returns None if it was to go."""
        removals = [(by, entry) for by, entry in self.list_said("recording.remove") if entry.get("path") == name]
        expiries = [one for one in self.find_expiries(log, "recordings") if one[1]["day"] == name[:10]]
        if any(self.is_signed(*one) for one in removals):
            return None
        signed = [entry["at"] for by, entry in expiries if self.is_signed(by, entry)]
        if not signed:
            return "is missing, and nobody signed that it was to go" if removals or expiries else "is missing"
        hold = find_hold(list(self.list_holds(log)), "goneRecordings", name[:10], max(signed))
        return None if hold is None else f"is missing, though hold {hold} kept it"

    def list_said(self, *kinds):
        return [(log, entry) for log, said in self.said.items() for entry in said if entry["kind"] in kinds]

    def list_holds(self, log):
        """Yields beginnings and ends of the holds that are about a log: what permits to erase only if it is signed."""
        for speaker, entry in self.list_said("hold.start", "hold.end"):
            if not speaks_for(speaker, entry, log):
                continue
            if entry["kind"] == "hold.start":
                # Holds of older gateways do not say which recordings they kept: no blame comes from them.
                yield {"goneRecordings": [[str(entry.get("from")), str(entry.get("until"))]], **entry}
            elif self.is_signed(speaker, entry):
                yield entry

    def find_expiries(self, log, of):
        """Of days that are over."""
        for speaker, entry in self.list_said("retention.expire"):
            is_over = str(entry.get("day")) < entry["at"][:10]
            if entry.get("of") == of and is_over and speaks_for(speaker, entry, log):
                yield speaker, entry

    def is_signed(self, log, entry):
        return entry["seq"] < self.signed.get(log, 0)

    def report(self, session, path, problem):
        self.problems.append({"session": session, "path": path, "problem": problem})


def speaks_for(speaker, entry, log):
    """What is said of keeping holds for the logs that it names and those of its own gateway."""
    return speaker.rpartition(".")[0] == log.rpartition(".")[0] or log in as_list(entry.get("logs"))


def has_failed(end):
    """Whether a track could not be written on, or not all of its digests be entered: then bytes without any may be there."""
    summaries = (end.get("recording"), end.get("raw"))
    return any(isinstance(summary, dict) and summary.get("failed") is True for summary in summaries)


def compare_stretches(data, stretches, is_finished):
    """Returns what is wrong with a file, or None."""
    offset = 0
    for index, (length, digest) in enumerate(stretches):
        place = f"chunk {index}, bytes {offset} to {offset + length}"
        if offset + length > len(data):
            return f"{place}: missing; the file ends at byte {len(data)}, and should have {len(stretches)} chunks"
        with memoryview(data) as view:
            actual = hashlib.sha256(view[offset : offset + length]).hexdigest()
        if actual != digest:
            others = [other for other, stretch in enumerate(stretches) if stretch[1] == actual]
            return f"{place}: swapped; it is chunk {others[0]}" if others else f"{place}: changed"
        offset += length
    # The header of a recording in which nothing happened stands alone; a crash or a full disk leaves bytes without a digest.
    if is_finished and stretches and len(data) != offset:
        return f"bytes {offset} to {len(data)}: not known to the ledger"
    return None


def verify_recordings(ledger, directory):
    recordings = Recordings(directory)
    for entry in sorted(os.scandir(ledger), key=lambda entry: entry.name):
        if entry.is_dir(follow_symlinks=False) and entry.name != "keys" and LOG_NAME.fullmatch(entry.name):
            recordings.read_log(entry.path, entry.name)
    return recordings.finish()


def list_segments(ledger):
    """Files of all logs, whatever is in them."""
    logs = [entry for entry in os.scandir(ledger) if entry.is_dir(follow_symlinks=False) and LOG_NAME.fullmatch(entry.name)]
    return [name for log in logs for name in os.listdir(log.path) if SEGMENT.fullmatch(name)]


def main():
    parser = argparse.ArgumentParser(description="Compares recordings with a Sallyport ledger.")
    parser.add_argument("ledger", help="the ledger's directory")
    parser.add_argument("recordings", help="the directory of recordings")
    options = parser.parse_args()
    # Of what is no ledger nothing is missing.
    if not list_segments(find_ledger(parser, options.ledger)):
        parser.error(f"there is no log in {printable(options.ledger)}")
    report = verify_recordings(options.ledger, options.recordings)
    print(json.dumps(report))
    sys.exit(0 if report["ok"] else 1)


if __name__ == "__main__":
    try:
        main()
    except (OSError, struct.error) as error:
        sys.exit(f"Cannot read the ledger, verify it first: {error}")

#!/usr/bin/env python3
"""Verifies an evidence pack of turnaround with nothing but Python 3.9 or later. Read it before you trust it.

    python3 verify.py PACK.zip --key KEY... [--checkpoint FILE] [--witness KEY]... [--need N]

A pack holds the events of one case, and proofs that a signed checkpoint of the whole ledger contains them. Whoever gave you
the pack must give you neither this file nor the keys: take them from where the operator and the witnesses publish them. A
KEY is a line `name+hash+base64` (C2SP signed-note), or the name of a file that holds one; give the operator's older keys as
well where they were changed. With `--checkpoint` you give a checkpoint that you trust, because you kept it or a third party
did. `--need` says how many of the witnesses must have signed.

It says which of three things it proved: that the pack agrees with itself under the operator's key; that its ledger extends
the checkpoint you gave; that the witnesses you named saw it. Only the last two bind an operator who would rewrite all.
Exit: 0 verified, 2 wrong arguments, 5 not verified.

Hashes and proofs after RFC 6962 and RFC 9162, Ed25519 after RFC 8032, notes after C2SP signed-note and tlog-cosignature.
"""

import argparse
import base64
import hashlib
import json
import sys
import zipfile
from datetime import datetime, timezone
from pathlib import Path

FORMAT = "turnaround-pack/1"
SLACK = 300  # seconds by which the operator's clock and a witness's may differ


class Wrong(Exception):
    """Something does not verify. Its text says what and where."""


def need(condition, what):
    if not condition:
        raise Wrong(what)


# Ed25519 (RFC 8032, section 5.1). Slow, plain, and only ever given public values.

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)


def decode_point(data):
    """A point as extended coordinates (X, Y, Z, T), or None."""
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    if y >= P:
        return None
    u, v = (y * y - 1) % P, (D * y * y + 1) % P
    x = u * pow(v, 3, P) * pow(u * pow(v, 7, P), (P - 5) // 8, P) % P
    if v * x * x % P != u:
        x = x * ROOT_OF_MINUS_ONE % P
        if v * x * x % P != u:
            return None
    if x == 0 and sign:
        return None
    if x & 1 != sign:
        x = P - x
    return x, y, 1, x * y % P


def add(p, q):
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(number, point):
    result = (0, 1, 1, 0)
    while number:
        if number & 1:
            result = add(result, point)
        point, number = add(point, point), number >> 1
    return result


BASE = decode_point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def signed_by(key, signature, message):
    """Whether the Ed25519 public key (32 bytes) made the signature (64 bytes) of the message."""
    if len(key) != 32 or len(signature) != 64:
        return False
    a, r, s = decode_point(key), decode_point(signature[:32]), int.from_bytes(signature[32:], "little")
    if a is None or r is None or s >= L:
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % L
    left, right = times(s, BASE), add(r, times(k, a))
    return (left[0] * right[2] - right[0] * left[2]) % P == 0 and (left[1] * right[2] - right[1] * left[2]) % P == 0


# Merkle trees (RFC 9162, sections 2.1.3.2 and 2.1.4.2)


def sha256(data):
    return hashlib.sha256(data).digest()


def leaf_hash(leaf):
    return sha256(b"\x00" + leaf)


def node_hash(left, right):
    return sha256(b"\x01" + left + right)


def root_from_inclusion(index, size, leaf, path):
    """The root that an inclusion path leads to from the leaf hash at an index (from 0), or None."""
    if not 0 <= index < size:
        return None
    at, last, found = index, size - 1, leaf
    for step in path:
        if last == 0:
            return None
        if at & 1 or at == last:
            found = node_hash(step, found)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            found = node_hash(found, step)
        at, last = at >> 1, last >> 1
    return found if last == 0 else None


def extends(old_size, old_root, size, root, path):
    """Whether a consistency path shows that the tree of `size` begins with the tree of `old_size`."""
    if old_size == size:
        return old_root == root and not path
    if not 0 < old_size < size:
        return False
    path = list(path) if old_size & (old_size - 1) else [old_root, *path]
    if not path:
        return False
    at, last = old_size - 1, size - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    before = after = path[0]
    for step in path[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            before, after = node_hash(step, before), node_hash(step, after)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            after = node_hash(after, step)
        at, last = at >> 1, last >> 1
    return last == 0 and before == old_root and after == root


# Notes: checkpoints with their signatures

OPERATOR, COSIGNATURE = 1, 4  # the kinds of key, as the first byte of a key names them


class Key:
    """A verifier key, `name+hash+base64(kind, public key)`."""

    def __init__(self, text):
        if "+" not in text and Path(text).is_file():
            text = Path(text).read_text(encoding="ascii")
        try:
            self.name, marked, encoded = text.strip().split("+", 2)
            self.mark, data = bytes.fromhex(marked), base64.b64decode(encoded, validate=True)
        except ValueError:
            raise ValueError(f"'{text.strip()[:80]}' is neither a key, name+hash+base64, nor a file with one") from None
        self.kind, self.public = data[0] if data else 0, data[1:]
        if self.mark != sha256(self.name.encode() + b"\n" + data)[:4] or len(self.public) != 32:
            raise ValueError(
                f"the key of {self.name} can't be read: its hash does not fit it, so it was copied wrongly"
            )


class Checkpoint:
    """A signed checkpoint: origin, size and root of a ledger."""

    def __init__(self, note, where):
        self.where = where
        body, split, signatures = note.rpartition("\n\n")
        lines = body.split("\n")
        need(
            split and len(lines) >= 3 and signatures.endswith("\n"),
            f"{where} is not a signed checkpoint, or is cut off",
        )
        self.text, self.origin = body + "\n", lines[0]
        try:
            self.size, self.root = int(lines[1]), base64.b64decode(lines[2], validate=True)
        except ValueError:
            raise Wrong(f"{where} is not a checkpoint: its size or root can't be read") from None
        need(lines[1] == str(self.size) and self.size >= 0 and len(self.root) == 32, f"{where} is not a checkpoint")
        self.signatures = []
        for line in signatures[:-1].split("\n"):
            parts = line.split(" ")
            need(len(parts) == 3 and parts[0] == "\u2014", f"{where} has a signature line that can't be read")
            data = base64.b64decode(parts[2])
            self.signatures.append((parts[1], data[:4], data[4:]))

    def is_signed_by(self, keys):
        """Whether one of the operator's keys, which bear the name of the ledger, signed it."""
        made = {(name, mark): signature for name, mark, signature in self.signatures}
        fitting = [k for k in keys if k.kind == OPERATOR and k.name == self.origin and (k.name, k.mark) in made]
        return any(signed_by(k.public, made[k.name, k.mark], self.text.encode()) for k in fitting)

    def seen_by(self, key):
        """When a witness saw it, in seconds since 1970, or None when it did not sign."""
        for name, mark, data in self.signatures:
            if (name, mark) == (key.name, key.mark) and key.kind == COSIGNATURE and len(data) == 72:
                time = int.from_bytes(data[:8], "big")
                if signed_by(key.public, data[8:], f"cosignature/v1\ntime {time}\n{self.text}".encode()):
                    return time
        return None


# The pack


def lines_of(files, name):
    """The lines of one of the pack's files, each with where it stands."""
    data = files.get(name, b"")
    need(not data or data.endswith(b"\n"), f"{name} is cut off")
    for number, line in enumerate(data.split(b"\n")[:-1], start=1):
        yield f"{name}, line {number}", line


def read_json(where, data):
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        raise Wrong(f"{where} is not JSON") from None


def open_pack(path):
    """What the pack says of itself, and its files."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            need(len(names) == len(set(names)), "the pack holds two files of one name")
            files = {name: archive.read(name) for name in names}
    except (zipfile.BadZipFile, zipfile.zlib.error, EOFError, ValueError, NotImplementedError) as error:
        raise Wrong(f"{path} is not a whole ZIP file: {error}") from None
    need("pack.json" in files, "there is no pack.json: this is not an evidence pack")
    about = read_json("pack.json", files.pop("pack.json"))
    need(
        about.get("format") == FORMAT,
        f"the pack's format is {about.get('format')!r}, and this file reads {FORMAT}; "
        "take the verify.py of the release that made the pack",
    )
    for name in sorted(set(about["files"]) | set(files)):
        need(name in files, f"{name} is missing from the pack")
        need(name in about["files"], f"{name} was added to the pack")
        need(hashlib.sha256(files[name]).hexdigest() == about["files"][name], f"{name} was changed")
    return about, files


def check_events(files, checkpoint):
    """That every event's leaf is in the tree. Returns the events of each stream, each with its leaf hash."""
    streams = {}
    events, proofs = list(lines_of(files, "events.ndjson")), list(lines_of(files, "proofs.ndjson"))
    need(events and len(proofs) == len(events), "events.ndjson and proofs.ndjson do not have the same number of lines")
    for (where, leaf), (proof_at, proof) in zip(events, proofs):
        event = read_json(where, leaf)
        path = [bytes.fromhex(step) for step in read_json(proof_at, proof)]
        root = root_from_inclusion(event["position"] - 1, checkpoint.size, leaf_hash(leaf), path)
        need(root == checkpoint.root, f"{where}: the ledger does not hold this at position {event['position']}")
        streams.setdefault(event["stream"], []).append((event, leaf_hash(leaf).hex()))
    return streams


def check_whole(stream, events, files, heads):
    """That a stream's events follow from one another, from the first to the one that the ledger's heads name as its last."""
    version, previous, time = 0, "", ""
    for event, hashed in events:
        where = f"position {event['position']}"
        need(event["version"] == version + 1, f"version {version + 1} of {stream} is missing before {where}")
        need(event["previous"] == previous, f"{where} does not follow from the event before it in {stream}")
        need(event["recorded_at"] >= time, f"{where} is recorded earlier than the event before it in {stream}")
        version, previous, time = event["version"], hashed, event["recorded_at"]
    proof = files["streams"][stream]
    head = leaf_hash(f"{stream}\n{version}\n{previous}\n".encode())
    root = root_from_inclusion(proof["index"], heads["streams"], head, [bytes.fromhex(step) for step in proof["path"]])
    need(
        root is not None and root.hex() == heads["root"],
        f"{stream} does not end with version {version}: its end was cut off",
    )


def check_commands(files, streams):
    """That the commands are those that the events name. Returns how many there are."""
    digests = {}
    for where, line in lines_of(files, "commands.ndjson"):
        digests[read_json(where, line)["id"]] = hashlib.sha256(line).hexdigest()
    for events in streams.values():
        for event, _ in events:
            named = event["command"]
            if named["digest"] and named["id"] in digests:
                need(
                    digests[named["id"]] == named["digest"],
                    f"command {named['id']} is not the one that position {event['position']} came from",
                )
    return len(digests)


def check_sealed(files, streams):
    """That the values that are there are those that were sealed. Returns how many are there, and how many are not."""
    given = set()
    for where, line in lines_of(files, "sealed.ndjson"):
        kept = read_json(where, line)
        found = hashlib.sha256(bytes.fromhex(kept["salt"]) + kept["value"].encode()).hexdigest()
        need(kept["commitment"] == "sealed:" + found, f"{where}: the value is not the one that was sealed")
        given.add(kept["commitment"])
    held = set()
    for events in streams.values():
        for event, _ in events:
            held |= set(commitments_in(event["body"]))
    need(
        given <= held | set(commitments_in([read_json(w, line) for w, line in lines_of(files, "commands.ndjson")])),
        "sealed.ndjson holds a value that no event or command of the pack names",
    )
    return len(given), len(held - given)


def check_documents(files, streams):
    """That the documents that were in force are those that the ledger published. Returns how many there are."""
    published = {event["body"].get("sha256") for events in streams.values() for event, _ in events}
    names = [name for name in files if name.startswith("documents/")]
    for name in names:
        need(hashlib.sha256(files[name]).hexdigest() in published, f"{name} is not the document that was published")
    return len(names)


def commitments_in(value):
    """The commitments to sealed values anywhere in a JSON value."""
    if isinstance(value, str) and value.startswith("sealed:"):
        yield value
    elif isinstance(value, (dict, list)):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from commitments_in(inner)


def check_times(streams, seen):
    """That nothing is recorded outside the times between which witnesses saw the ledger grow past it."""
    for events in streams.values():
        for event, _ in events:
            time = datetime.fromisoformat(event["recorded_at"].replace("Z", "+00:00")).timestamp()
            late = [at for size, at in seen if event["position"] <= size and time > at + SLACK]
            early = [at for size, at in seen if event["position"] > size and time < at - SLACK]
            if late or early:
                raise Wrong(
                    f"position {event['position']} says it was recorded at {event['recorded_at']}, and a "
                    f"witness had {'already' if late else 'not yet'} seen it at {moment((late or early)[0])}"
                )


def moment(seconds):
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%d %H:%M UTC")


def earlier_checkpoints(files, keys, checkpoint):
    """The earlier checkpoints that the ledger is proved to extend. Those that no given key signed count for nothing."""
    found = []
    for where, line in lines_of(files, "earlier.ndjson"):
        kept = read_json(where, line)
        old = Checkpoint(kept["note"], where)
        if old.is_signed_by(keys) and old.origin == checkpoint.origin:
            path = [bytes.fromhex(step) for step in kept["path"]]
            whole = extends(old.size, old.root, checkpoint.size, checkpoint.root, path)
            need(whole, f"{where}: the ledger was rewritten after the checkpoint of {old.size} events")
            found.append(old)
    return found


def check_trusted(trusted, keys, checkpoint, earlier):
    """That the ledger extends a checkpoint that the reader trusts."""
    need(trusted.is_signed_by(keys), f"{trusted.where} is not signed by a key that you gave")
    need(trusted.origin == checkpoint.origin, f"{trusted.where} is of another ledger, {trusted.origin}")
    need(
        trusted.size <= checkpoint.size,
        f"{trusted.where} is newer ({trusted.size} events) than the pack ({checkpoint.size})",
    )
    same = [old for old in [checkpoint, *earlier] if old.size == trusted.size]
    need(same, f"the pack holds no proof from {trusted.size} events on; ask for one made with --since {trusted.where}")
    rewritten = f"the ledger was rewritten: {trusted.where} has another root for its {trusted.size} events"
    need(all(old.root == trusted.root for old in same), rewritten)


def verify(path, keys, trusted, witnesses, needed):
    """Verify a pack. Returns what was proved, in sentences. Raises Wrong."""
    about, files = open_pack(path)
    checkpoint = Checkpoint(files["checkpoint"].decode(errors="replace"), "the pack's checkpoint")
    need(
        checkpoint.is_signed_by(keys),
        f"the pack's checkpoint, of {checkpoint.origin}, is not signed by a key that you gave",
    )
    streams, ends = check_events(files, checkpoint), read_json("heads.json", files["heads.json"])
    heads = [event["body"] for event, _ in streams.pop("heads", ()) if event["position"] == ends["position"]]
    need(heads, "the pack does not hold the event with the ledger's heads")
    need(about["stream"] in ends["streams"], f"heads.json does not say where {about['stream']} ends")
    for stream in sorted(ends["streams"]):
        need(stream in streams, f"{stream} is missing from the pack")
        check_whole(stream, streams[stream], ends, heads[0])
    commands, documents = check_commands(files, streams), check_documents(files, streams)
    given, missing = check_sealed(files, streams)
    earlier = earlier_checkpoints(files, keys, checkpoint)
    notices = [stream for stream in ends["streams"] if stream.startswith("notice/")]
    whole = sorted(set(ends["streams"]) - set(notices))
    said = [
        f"{about['stream']} in the ledger {checkpoint.origin}: {len(streams[about['stream']])} events, none missing among the "
        f"ledger's first {heads[0]['size']}.",
        f"{sum(map(len, streams.values()))} events in all stand in the ledger at their positions. Whole up to there: "
        f"{', '.join(whole)}{f' and {len(notices)} notices' if notices else ''}.",
        f"{commands} commands are those that the events name, and {documents} documents those that were published.",
        f"{given} sealed values are those that were sealed; {missing} were left out or erased.",
        "Proved: the pack agrees with itself and with a checkpoint that the operator signed.",
    ]
    if trusted is not None:
        check_trusted(trusted, keys, checkpoint, earlier)
        said.append(f"Proved: the ledger extends the checkpoint of {trusted.size} events that you gave.")
    seen = {witness.name: at for witness in witnesses if (at := checkpoint.seen_by(witness)) is not None}
    need(len(seen) >= needed, f"{len(seen)} of the {needed} witnesses asked for signed the pack's checkpoint")
    if seen:
        if "rehearsal" not in checkpoint.origin:
            held = [checkpoint, *earlier]
            check_times(streams, [(c.size, at) for c in held for w in witnesses if (at := c.seen_by(w)) is not None])
        names = ", ".join(f"{name} ({moment(at)})" for name, at in sorted(seen.items()))
        said.append(f"Proved: witnesses that you named saw this ledger: {names}.")
    if trusted is None and not seen:
        said.append(
            "Not proved: that the operator did not rewrite everything. Give --checkpoint or --witness for that."
        )
    return said


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pack")
    parser.add_argument("--key", action="append", required=True, help="the operator's key")
    parser.add_argument("--checkpoint", help="a checkpoint that you trust")
    parser.add_argument("--witness", action="append", default=[], help="a witness's key")
    parser.add_argument("--need", type=int, default=None, help="how many witnesses must have signed; all, if left out")
    given = parser.parse_args()
    try:
        keys, witnesses = [Key(text) for text in given.key], [Key(text) for text in given.witness]
    except ValueError as error:
        parser.error(str(error))
    try:
        trusted = None
        if given.checkpoint is not None:
            trusted = Checkpoint(Path(given.checkpoint).read_text(encoding="utf-8", errors="replace"), given.checkpoint)
        needed = len(witnesses) if given.need is None else given.need
        print("\n".join(verify(given.pack, keys, trusted, witnesses, needed)))
        return 0
    except FileNotFoundError as error:
        print(f"There is no file {error.filename}.", file=sys.stderr)
        return 2
    except Wrong as wrong:
        print(f"Not verified: {wrong}.", file=sys.stderr)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        print(
            f"Not verified: the pack is not built as it should be ({type(error).__name__}: {error}).", file=sys.stderr
        )
    return 5


if __name__ == "__main__":
    sys.exit(main())

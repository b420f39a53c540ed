#!/usr/bin/env python3
"""Computes the golden vectors of this folder again, independently of the Java code.

Uses nothing but the Python standard library, and the openssl command for the one key and signature. Run it without arguments: it
compares every vector in the documents with its own and says how many agree, or names those that do not and ends 1. With
--print it prints its own, to paste into a document.
"""

import base64
import hashlib
import pathlib
import re
import subprocess
import sys
import tempfile

FOLDER = pathlib.Path(__file__).parent


def sha256(data):
    return hashlib.sha256(data).digest()


def cbor(value):
    """Deterministic CBOR of None, bool, int, bytes, str, list and dict."""
    if value is None:
        return b"\xf6"
    if value is True or value is False:
        return b"\xf5" if value else b"\xf4"
    if isinstance(value, int):
        return head(0, value) if value >= 0 else head(1, -1 - value)
    if isinstance(value, bytes):
        return head(2, len(value)) + value
    if isinstance(value, str):
        return head(3, len(value.encode())) + value.encode()
    if isinstance(value, list):
        return head(4, len(value)) + b"".join(map(cbor, value))
    pairs = sorted((cbor(key), cbor(item)) for key, item in value.items())
    return head(5, len(pairs)) + b"".join(key + item for key, item in pairs)


def head(major, argument):
    for info, width, limit in ((None, 0, 24), (24, 1, 1 << 8), (25, 2, 1 << 16), (26, 4, 1 << 32), (27, 8, 1 << 64)):
        if argument < limit:
            first = major << 5 | (argument if info is None else info)
            return bytes([first]) + argument.to_bytes(width, "big") if width else bytes([first])
    raise ValueError(argument)


def encoding(payload, tag=""):
    return payload + tag.encode() + bytes([len(tag)]) + len(payload).to_bytes(8, "big") + b"ASL1"


def key(payload, tag="", number=1, function="sha256"):
    return number.to_bytes(2, "big") + hashlib.new(function, encoding(payload, tag)).digest()


def blake3(data):
    """BLAKE3 of at most one block of 64 bytes, which is a single call of its compression function."""
    assert len(data) <= 64
    iv = [0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A, 0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19]
    order = [2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8]
    padded = data.ljust(64, b"\0")
    words = [int.from_bytes(padded[i : i + 4], "little") for i in range(0, 64, 4)]
    chunk_start_chunk_end_root = 1 | 2 | 8
    v = iv + iv[:4] + [0, 0, len(data), chunk_start_chunk_end_root]

    def rotate(value, count):
        return (value >> count | value << (32 - count)) & 0xFFFFFFFF

    def mix(a, b, c, d, x, y):
        for word, far, near in ((x, 16, 12), (y, 8, 7)):
            v[a] = (v[a] + v[b] + word) & 0xFFFFFFFF
            v[d] = rotate(v[d] ^ v[a], far)
            v[c] = (v[c] + v[d]) & 0xFFFFFFFF
            v[b] = rotate(v[b] ^ v[c], near)

    for _ in range(7):
        for i in range(4):
            mix(i, 4 + i, 8 + i, 12 + i, words[2 * i], words[2 * i + 1])
        for i in range(4):
            mix(i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4, words[8 + 2 * i], words[9 + 2 * i])
        words = [words[place] for place in order]
    return b"".join((v[i] ^ v[i + 8]).to_bytes(4, "little") for i in range(8))


def artifact():
    yield "hello.payload", b"hello"
    yield "hello.tag", b"text/plain"
    yield "hello.encoding", encoding(b"hello", "text/plain")
    yield "hello.payloadDigest", sha256(b"hello")
    yield "hello.key.sha256", key(b"hello", "text/plain")
    yield "hello.key.sha512-256", key(b"hello", "text/plain", 2, "sha512_256")
    yield "hello.key.sha3-256", key(b"hello", "text/plain", 3, "sha3_256")
    yield "hello.key.blake3", bytes([0, 4]) + blake3(encoding(b"hello", "text/plain"))
    yield "untagged.encoding", encoding(b"hello")
    yield "untagged.key.sha256", key(b"hello")
    yield "empty.encoding", encoding(b"")
    yield "empty.key.sha256", key(b"")


def cbor_values():
    yield "null", cbor(None)
    yield "false", cbor(False)
    yield "true", cbor(True)
    for number in (0, 23, 24, 255, 256, 65535, 65536, 4294967295, 4294967296):
        yield f"int.{number}", cbor(number)
    yield "int.greatest", cbor(2**63 - 1)
    yield "int.-1", cbor(-1)
    yield "int.-25", cbor(-25)
    yield "int.least", cbor(-(2**63))
    yield "bytes", cbor(b"\x00\xff")
    yield "text", cbor("caf\u00e9")
    yield "array", cbor([1, "a"])
    yield "map", cbor({"aa": "aa", "b": "b", "": ""})
    for name, hexadecimal in REFUSED:
        yield "refused." + name, bytes.fromhex(hexadecimal)


REFUSED = (
    ("longInteger", "1817"),
    ("longLength", "580100"),
    ("indefiniteArray", "9f00ff"),
    ("unsortedKeys", "a2616200616100"),
    ("repeatedKey", "a2616100616100"),
    ("keyNotText", "a10000"),
    ("textNotNfc", "6365cc81"),
    ("textNotUtf8", "62c328"),
    ("tag", "c000"),
    ("float", "f93c00"),
    ("undefined", "f7"),
    ("hugeCount", "9bffffffffffffffff"),
    ("itemBehind", "0000"),
)

NOTE = cbor([1, True, "withdrawn"])
HLC = 1_700_000_000_000 << 16


def record(index, logseq, hlc, kind, identity, tag, payload):
    return cbor([1, index, logseq, hlc, kind, identity, tag, len(payload), sha256(payload)])


def log():
    batch = [(b"hello", "text/plain", 1), (b"hello", "", 1), (b"receipt", "pel/receipt", 2)]
    batch.sort(key=lambda item: key(item[0], item[1]))
    records = [
        record(index, 1, HLC, kind, key(payload, tag), tag or None, payload)
        for index, (payload, tag, kind) in enumerate(batch)
    ]
    records.append(record(3, 2, HLC + 1, 3, key(b"edge", "tgk/edge"), "tgk/edge", b"edge"))
    records.append(record(4, 3, HLC + (1 << 16), 4, key(b"hello", "text/plain"), "asl/tombstone", NOTE))
    return records


def log_record():
    yield "note", NOTE
    yield "note.withoutReason", cbor([1, False, None])
    for index, encoded in enumerate(log()):
        yield f"record.{index}", encoded


def root(records):
    """MTH of RFC 6962 section 2.1."""
    if not records:
        return sha256(b"")
    if len(records) == 1:
        return sha256(b"\x00" + records[0])
    k = split(len(records))
    return sha256(b"\x01" + root(records[:k]) + root(records[k:]))


def path(m, records):
    if len(records) == 1:
        return b""
    k = split(len(records))
    return path(m, records[:k]) + root(records[k:]) if m < k else path(m - k, records[k:]) + root(records[:k])


def proof(m, records, whole=True):
    if m == len(records):
        return b"" if whole else root(records)
    k = split(len(records))
    if m <= k:
        return proof(m, records[:k], whole) + root(records[k:])
    return proof(m - k, records[k:], False) + root(records[:k])


def split(n):
    return 1 << ((n - 1).bit_length() - 1)


SEED = sha256(b"node")


def openssl(*arguments):
    return subprocess.run(["openssl", *arguments], check=True, capture_output=True).stdout


def keyed(message=None, seed=SEED):
    """The public key of a seed or, given a message, the signature over it; Ed25519 is deterministic."""
    with tempfile.TemporaryDirectory() as folder:
        private = pathlib.Path(folder, "key.der")
        private.write_bytes(bytes.fromhex("302e020100300506032b657004220420") + seed)
        if message is None:
            return openssl("pkey", "-inform", "DER", "-in", str(private), "-pubout", "-outform", "DER")[-32:]
        text = pathlib.Path(folder, "message")
        text.write_bytes(message)
        return openssl("pkeyutl", "-sign", "-rawin", "-keyform", "DER", "-inkey", str(private), "-in", str(text))


def node():
    return sha256(keyed())


def signed(name, text):
    """A signed note under the key of SEED."""
    typed = b"\x01" + keyed()
    key_hash = sha256(name.encode() + b"\n" + typed)[:4]
    line = f"\n\u2014 {name} {base64.b64encode(key_hash + keyed(text.encode())).decode()}\n"
    return (text + line).encode()


def checkpoint(records, logseq):
    """Text and signed note."""
    name = f"cairn/v1/default/{node().hex()}/1"
    text = f"{name}\n{len(records)}\n{base64.b64encode(root(records)).decode()}\nlogseq {logseq}\n"
    return text, signed(name, text)


def merkle_log():
    records = log()
    yield "emptyRoot", root([])
    for index, encoded in enumerate(records):
        yield f"leaf.{index}", root([encoded])
        yield f"root.{index + 1}", root(records[: index + 1])
    yield "inclusion.2of5", path(2, records)
    yield "consistency.2to5", proof(2, records)
    text, note = checkpoint(records, 3)
    yield "seed", SEED
    yield "publicKey", keyed()
    yield "node", node()
    yield "checkpoint.text", text.encode()
    yield "checkpoint.note", note


def cosignature():
    text, note = checkpoint(log(), 3)
    seed = sha256(b"witness")
    public = keyed(seed=seed)
    name = f"cairn/v1/default/{sha256(public).hex()}"
    key_hash = sha256(name.encode() + b"\n\x04" + public)[:4]
    time = 1_700_000_000
    made = keyed(f"cosignature/v1\ntime {time}\n{text}".encode(), seed)
    line = f"\u2014 {name} {base64.b64encode(key_hash + time.to_bytes(8, 'big') + made).decode()}\n"
    me = node() + (1).to_bytes(4, "big")
    entry = proto((1, me), (2, 5), (3, root(log())), (4, public), (5, time), (6, made))
    hello = [(1, 1), (2, 1), (3, "default"), (4, node()), (5, keyed()), (6, "identity"), (7, True), (8, True)]
    tag = sha256(me + (5).to_bytes(8, "big") + sha256(public))[:16]
    yield "seed", seed
    yield "cosignerKey", f"{name}+{key_hash.hex()}+{base64.b64encode(bytes([4]) + public).decode()}".encode()
    yield "signature", made
    yield "note", note + line.encode()
    yield "tag", tag
    yield "frame.hello", proto((1, proto(*hello, (10, "cosign/1"), (20, tag))))
    yield "frame.cosignatures", proto((50, proto((1, entry))))
    yield "refused.none", proto((50, b""))
    yield "refused.noKey", proto((50, proto((1, proto((1, me), (2, 5), (3, root(log())), (5, time), (6, made))))))
    yield "refused.noTime", proto((50, proto((1, proto((1, me), (2, 5), (3, root(log())), (4, public), (6, made))))))
    yield "refused.shortSignature", proto((50, proto((1, proto((1, me), (2, 5), (3, root(log())), (4, public), (5, time), (6, made[:63]))))))


def state_line(text, seed):
    public = keyed(seed=seed)
    name = f"cairn/v1/default/{sha256(public).hex()}"
    key_hash = sha256(name.encode() + b"\n\x01" + public)[:4]
    return f"\u2014 {name} {base64.b64encode(key_hash + keyed(text.encode(), seed)).decode()}\n"


def convergence():
    witness = sha256(b"witness")
    heads = [[bytes(32), 2, 2, 1, sha256(b"root")], [node(), 1, 3, 5, root(log())]]
    cut = sha256(cbor([1, "default", heads]))

    def text_of(state):
        return f"cairn/v1/default/state\ncut {cut.hex()}\nroot {state.hex()}\n"

    def file(state, seeds, text=None, keys=None, version="v1"):
        payload = base64.b64encode(cbor([1, "default", heads, state])).decode()
        lines = [f"cairn/convergence@{version}", "snapshot " + payload]
        lines += ["key " + base64.b64encode(keyed(seed=seed)).decode() for seed in keys or seeds]
        text = text or text_of(state)
        return ("\n".join(lines) + "\n\n" + text + "\n" + "".join(state_line(text, seed) for seed in seeds)).encode()

    def accusation(notes, version=1):
        return b"CAIRNEVS" + version.to_bytes(2, "big") + cbor([keyed(), *notes])

    state, other = sha256(b"state"), sha256(b"other")
    both = sorted([SEED, witness], key=lambda seed: sha256(keyed(seed=seed)))
    notes = sorted((text_of(root) + "\n" + state_line(text_of(root), SEED)).encode() for root in (state, other))
    yield "cut", cut
    yield "text", text_of(state).encode()
    yield "half", file(state, [SEED])
    yield "certificate", file(state, both)
    yield "evidence", accusation(notes)
    yield "evidence.id", sha256(accusation(notes))
    yield "refused.nobody", file(state, [])
    yield "refused.otherState", file(state, both, text_of(other))
    yield "refused.otherOrder", file(state, both[::-1])
    yield "refused.twice", file(state, [SEED, SEED])
    yield "refused.otherKey", file(state, both, keys=both[::-1])
    yield "refused.noKey", file(state, both, keys=both[:1])
    yield "refused.badSignature", file(state, [SEED])[:-6] + b"AAA=\n"
    yield "refused.version-2", file(state, both, version="v2")
    yield "refused.trailingLine", file(state, both) + b"\n"
    yield "refused.empty", b""
    yield "refusedEvidence.oneState", accusation([notes[0], notes[0]])
    yield "refusedEvidence.order", accusation(notes[::-1])
    yield "refusedEvidence.otherNode", accusation([notes[0], (text_of(other) + "\n" + state_line(text_of(other), witness)).encode()])
    yield "refusedEvidence.version-2", accusation(notes, 2)
    yield "refusedEvidence.trailing-byte", accusation(notes) + b"\0"


def artifact_proof():
    records = log()
    note = checkpoint(records, 3)[1]

    def text(index, extra):
        lines = ["c2sp.org/tlog-proof@v1", "extra " + base64.b64encode(extra).decode(), f"index {index}"]
        hashes = path(index, records)
        lines += [base64.b64encode(hashes[at : at + 32]).decode() for at in range(0, len(hashes), 32)]
        return ("\n".join(lines) + "\n\n").encode() + note

    extra = cbor([1, records[1], keyed(), None, [], None])
    yield "extra", extra
    yield "proof", text(1, extra)
    yield "withPayload", text(1, cbor([1, records[1], keyed(), b"hello", [], None]))
    yield "refused.otherPayload", text(1, cbor([1, records[1], keyed(), b"hellO", [], None]))
    yield "refused.otherPlace", text(2, extra)
    yield "refused.tombstone", text(4, cbor([1, records[4], keyed(), None, [], None]))


def log_position():
    store = sha256(b"cairn log position" + node() + b"default")[:16]
    origin = node() + (1).to_bytes(4, "big")

    def position(order, within, passed, last):
        trail = sha256(origin + last)[:8] if last else bytes(8)
        body = bytes([1, order]) + store + within + passed.to_bytes(8, "big") + trail
        return body + sha256(body)[:4]

    yield "arrival.start", position(0, b"", 0, b"")
    yield "arrival.3", position(0, b"", 3, log()[4])
    yield "log.start", position(1, origin, 0, b"")
    yield "log.3", position(1, origin, 3, log()[2])


def evidence_bytes(contradiction, notes, proof=b"", records=(), version=1):
    def hashes(joined):
        return [joined[at : at + 32] for at in range(0, len(joined), 32)]

    fields = [contradiction, keyed(), notes, hashes(proof), [[encoded, hashes(inclusion)] for encoded, inclusion in records]]
    return b"CAIRNEVD" + version.to_bytes(2, "big") + cbor(fields)


def evidence():
    records = log()
    note = checkpoint(records, 3)[1]
    other = record(4, 3, HLC + (1 << 16), 1, key(b"other"), None, b"other")
    fork = checkpoint(records[:4] + [other], 3)[1]
    two = [min(note, fork), max(note, fork)]
    yield "twoRoots", evidence_bytes(1, two)
    yield "twoRoots.id", sha256(evidence_bytes(1, two))
    yield "logseqStands", evidence_bytes(2, [checkpoint(records[:4], 3)[1], note])
    third = record(2, 1, HLC, 1, key(b"third"), None, b"third")
    shorter = checkpoint(records[:2] + [third], 1)[1]
    yield "notExtended", evidence_bytes(3, [shorter, note], proof(3, records, False))
    beginning = checkpoint([other] * 4, 2)[1]
    yield "notExtended.powerOfTwo", evidence_bytes(3, [beginning, note], proof(4, records, False))
    half = checkpoint(records[:2], 1)[1]
    yield "cutCommit", evidence_bytes(4, [half, note], b"", [(records[2], path(2, records))])
    back = records[:4] + [record(4, 3, HLC, 1, key(b"other"), None, b"other")]
    neighbours = [(back[at], path(at, back)) for at in (3, 4)]
    yield "outOfOrder", evidence_bytes(5, [checkpoint(back, 3)[1]], b"", neighbours)
    farewell = closing_payload(sha256(b"successor"), [(1, 5), (7, 2)])
    end = record(4, 3, HLC + (1 << 16), 1, key(farewell, "asl/closing"), "asl/closing", farewell)
    behind = records[:4] + [end, record(5, 4, HLC + (2 << 16), 1, key(b"other"), None, b"other")]
    closed = [(behind[at], path(at, behind)) for at in (4, 5)]
    yield "behindClosing", evidence_bytes(6, [checkpoint(behind, 4)[1]], b"", closed)
    honest = [(records[at], path(at, records)) for at in (3, 4)]
    whole = checkpoint(records[:3], 1)[1]
    me = node() + (1).to_bytes(4, "big")
    hello = [(1, 1), (2, 1), (3, "default"), (4, node()), (5, keyed()), (6, "identity"), (7, True), (8, True)]
    roots = proto((1, proto((1, me), (2, 5), (3, root(records)[:16]))), (2, bytes(32) + (2).to_bytes(4, "big")))
    yield "frame.hello", proto((1, proto(*hello, (10, "evidence/1"), (16, roots))))
    yield "frame.checkpointWanted", proto((25, proto((1, me), (2, 5))))
    yield "frame.checkpointShown", proto((26, proto((1, me), (2, note))))
    yield "frame.checkpointShown.none", proto((26, proto((1, me), (2, b""))))
    yield "frame.evidenceShown", proto((27, proto((1, evidence_bytes(1, two)))))
    yield "refused.twoRoots.order", evidence_bytes(1, two[::-1])
    yield "refused.twoRoots.one", evidence_bytes(1, [note, note])
    yield "refused.twoRoots.proof", evidence_bytes(1, two, sha256(b""))
    yield "refused.logseqStands.rises", evidence_bytes(2, [checkpoint(records[:4], 2)[1], note])
    yield "refused.notExtended.extended", evidence_bytes(3, [whole, note], proof(3, records, False))
    yield "refused.notExtended.noProof", evidence_bytes(3, [shorter, note])
    yield "refused.notExtended.otherTree", evidence_bytes(3, [shorter, note], proof(3, records[:4] + [other], False))
    yield "refused.cutCommit.whole", evidence_bytes(4, [whole, note], b"", [(records[3], path(3, records))])
    yield "refused.cutCommit.otherRecord", evidence_bytes(4, [half, note], b"", [(records[1], path(1, records))])
    yield "refused.outOfOrder.inOrder", evidence_bytes(5, [note], b"", honest)
    yield "refused.outOfOrder.alone", evidence_bytes(5, [note], b"", neighbours[:1])
    yield "refused.badSignature", evidence_bytes(1, [two[0], two[1][:-6] + b"AAA=\n"])
    yield "refused.behindClosing.open", evidence_bytes(6, [note], b"", honest)
    gap = [(behind[at], path(at, behind)) for at in (3, 5)]
    yield "refused.behindClosing.apart", evidence_bytes(6, [checkpoint(behind, 4)[1]], b"", gap)
    yield "refused.unknown", evidence_bytes(7, two)
    yield "refused.version-2", evidence_bytes(1, two, version=2)
    yield "refused.trailing-byte", evidence_bytes(1, two) + b"\0"
    yield "refused.empty", b""


def closing_payload(successor_seed=None, others=(), key_seed=SEED, sign_seed=SEED, stated=None, version=1):
    successor = keyed(seed=successor_seed) if successor_seed else None
    terms = [[epoch, size] for epoch, size in others]
    statement = b"cairn-closing-v1\0" + cbor(stated or ["default", keyed(seed=key_seed), successor, terms])
    mine = keyed(statement, sign_seed)
    theirs = keyed(statement, successor_seed) if successor_seed else None
    return cbor([version, "default", keyed(seed=key_seed), successor, terms, mine, theirs])


def closing():
    successor = sha256(b"successor")
    for name, payload in (("succeeded", closing_payload(successor, [(1, 5), (7, 2)])), ("alone", closing_payload())):
        yield name + ".payload", payload
        yield name + ".key", key(payload, "asl/closing")
    good = closing_payload(successor, [(1, 5)])
    yield "refused.order", closing_payload(successor, [(7, 2), (1, 5)])
    yield "refused.twice", closing_payload(successor, [(1, 5), (1, 5)])
    yield "refused.empty-log", closing_payload(successor, [(1, 0)])
    yield "refused.epoch-0", closing_payload(successor, [(0, 5)])
    yield "refused.itself", closing_payload(SEED)
    yield "refused.other-signer", closing_payload(successor, sign_seed=successor)
    yield "refused.other-federation", closing_payload(successor, stated=["other", keyed(), keyed(seed=successor), []])
    yield "refused.successor-changed", good.replace(keyed(seed=successor), keyed(seed=sha256(b"thief")))
    yield "refused.successor-silent", closing_payload(successor)[:-66] + b"\xf6"
    yield "refused.version-2", closing_payload(version=2)
    yield "refused.trailing-byte", good + b"\0"
    yield "refused.empty", b""


def hash_range():
    def said(kind, what, speaker=None, version=1):
        return cbor([version, speaker or node(), kind, what])

    def digest(first):
        return bytes([first]) + bytes(31)

    good = said(0, [digest(0x40), digest(0x80)])
    for name, payload in (
        ("range", good),
        ("around", said(0, [digest(0xC0), digest(0x40)])),
        ("all", said(0, [digest(0), digest(0)])),
        ("shared", said(1, 2)),
    ):
        yield name + ".payload", payload
        yield name + ".key", key(payload, "federation/range")
    yield "refused.nothing", said(0, [digest(0x40), digest(0x40)])
    yield "refused.short-bound", said(0, [digest(0x40)[:31], digest(0x80)])
    yield "refused.one-bound", said(0, [digest(0x40)])
    yield "refused.no-copies", said(1, 0)
    yield "refused.copies-9", said(1, 9)
    yield "refused.kind-2", said(2, 1)
    yield "refused.short-node", said(1, 2, speaker=node()[1:])
    yield "refused.version-2", said(1, 2, version=2)
    yield "refused.trailing-byte", good + b"\0"
    yield "refused.empty", b""


def member():
    other = bytes(31) + b"\x02"
    def said(kind, what, speaker=None, version=1):
        return cbor([version, speaker or node(), kind, what])

    held = [[other, 2, 300], [sha256(b"third"), 1, 7]]
    for name, payload in (
        ("joining", said(0, [])),
        ("acknowledgement", said(1, held)),
        ("eviction", said(2, [other, 2, 41, "gone since May"])),
        ("leaving", said(2, [node(), 1, 3, None])),
    ):
        yield name + ".payload", payload
        yield name + ".key", key(payload, "federation/member")
    yield "refused.order", said(1, held[::-1])
    yield "refused.twice", said(1, held[:1] * 2)
    yield "refused.no-records", said(1, [[other, 2, 0]])
    yield "refused.epoch-0", said(1, [[other, 0, 300]])
    yield "refused.ending-epoch-0", said(2, [other, 0, 41, None])
    yield "refused.kind-3", said(3, [])
    yield "refused.short-node", said(1, [], speaker=other[1:])
    yield "refused.version-2", said(0, [], version=2)
    yield "refused.long-reason", said(2, [other, 2, 41, "x" * 1025])
    yield "refused.trailing-byte", said(0, []) + b"\0"
    yield "refused.empty", b""


def snapshot():
    state = sha256(b"state")
    heads = [[bytes(32), 2, 2, 1, sha256(b"root")], [node(), 1, 3, 5, root(log())]]
    for name, payload in (("snapshot", cbor([1, "default", heads, state])), ("empty", cbor([1, "default", [], state]))):
        yield name + ".payload", payload
        yield name + ".key", key(payload, "asl/snapshot")


def state_entry(number):
    digits = str(number).encode()
    path = sha256(digits) + (1).to_bytes(2, "big")
    return path + b"\x01" + sha256(b"p" + digits) + (number + 1).to_bytes(8, "big") + b"\x07" * 32 + (1).to_bytes(4, "big")


def state_node(entries, depth=0):
    """The hash of the node over sorted entries, and of an inner one what it is the hash of, and its children."""
    if len(entries) <= 32:
        return sha256(b"\x00" + b"".join(entries)), None, entries
    children = [[] for _ in range(16)]
    for entry in entries:
        octet = entry[depth // 2]
        children[octet & 15 if depth % 2 else octet >> 4].append(entry)
    mask = sum(1 << (15 - nibble) for nibble in range(16) if children[nibble])
    hashes = [state_node(child, depth + 1)[0] for child in children if child]
    fork = mask.to_bytes(2, "big") + b"".join(hashes)
    return sha256(b"\x01" + fork), fork, children


def state_proof(entries, path):
    forks, at, depth = [], entries, 0
    while True:
        _, fork, below = state_node(at, depth)
        if fork is None:
            return cbor([path[32:] + path[:32], forks, below])
        forks.append(fork)
        octet = path[depth // 2]
        at, depth = below[octet & 15 if depth % 2 else octet >> 4], depth + 1


def state_root():
    def first(count):
        return sorted(state_entry(number) for number in range(count))

    yield "entry-0", state_entry(0)
    for count in (0, 1, 2, 32, 33, 100, 1000):
        yield f"root-{count}", state_node(first(count))[0]
    for name, count, what in (("live", 1000, b"7"), ("absent", 1000, b"absent"), ("absent-few", 2, b"absent")):
        yield f"proof-{name}", state_proof(first(count), sha256(what) + (1).to_bytes(2, "big"))


def epoch():
    first = [1, 5, root(log()), 3]
    openings = {"second": [1, node(), 7, [first]], "third": [1, node(), 9, [first, [7, 2, sha256(b"root"), 12]]]}
    for name, fields in openings.items():
        yield name + ".payload", cbor(fields)
        yield name + ".key", key(cbor(fields), "asl/epoch")
    for name, value in refused_openings(first):
        yield f"refused.{name}", value if isinstance(value, bytes) else cbor(value)


def refused_openings(first):
    good = [1, node(), 7, [first]]
    yield "nothing-ended", [1, node(), 7, []]
    yield "its-own-epoch", [1, node(), 1, [first]]
    yield "order", [1, node(), 7, [[2] + first[1:], first]]
    yield "twice", [1, node(), 7, [first, first]]
    yield "empty-log", [1, node(), 7, [[1, 0, sha256(b""), 0]]]
    yield "short-root", [1, node(), 7, [[1, 5, root(log())[:-1], 3]]]
    yield "epoch-0", [1, node(), 0, [first]]
    yield "version-2", [2] + good[1:]
    yield "trailing-byte", cbor(good) + b"\0"
    yield "long-integer", b"\x84\x18\x01" + cbor(good)[2:]
    yield "empty", b""


def crc32c_of_octet(crc):
    for _ in range(8):
        crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc


CRC32C = [crc32c_of_octet(octet) for octet in range(256)]


def crc32c(data):
    crc = 0xFFFFFFFF
    for octet in data:
        crc = crc >> 8 ^ CRC32C[(crc ^ octet) & 0xFF]
    return crc ^ 0xFFFFFFFF


def varint(number):
    return bytes([number]) if number < 128 else bytes([number & 127 | 128]) + varint(number >> 7)


def protobuf(fields):
    """A message of (field number, int or bytes); a number that is 0 is left out."""
    parts = []
    for number, value in fields:
        if isinstance(value, bytes):
            parts.append(varint(number << 3 | 2) + varint(len(value)) + value)
        elif value:
            parts.append(varint(number << 3) + varint(value))
    return b"".join(parts)


def frame(body):
    return len(body).to_bytes(4, "big") + crc32c(body).to_bytes(4, "big") + body


def bundle():
    origin = node() + (1).to_bytes(4, "big")
    hello, world = key(b"hello", "text/plain"), key(b"world", "text/plain")
    payloads = {hello: b"hello", world: b"world"}
    records = [
        record(index, 1, HLC, 1, identity, "text/plain", payloads[identity])
        for index, identity in enumerate(sorted(payloads))
    ]
    records.append(record(2, 2, HLC + 1, 4, world, "asl/tombstone", NOTE))
    live = hello[2:] + hello[:2] + b"\1" + sha256(b"hello") + (1).to_bytes(8, "big") + origin
    heads = [[node(), 1, 2, 3, root(records)]]
    state = cbor([1, "default", heads, sha256(b"\0" + live)])
    head_frame = cbor([1, "default", keyed(), state, []])
    # The payload of what was erased is not there.
    carried = [b"hello" if identity == hello else None for identity in sorted(payloads)] + [NOTE]
    items = [
        (3, protobuf([(1, encoded)] + ([] if payload is None else [(2, payload)])))
        for encoded, payload in zip(records, carried)
    ]
    messages = [
        (2, protobuf([(1, origin), (2, keyed())])),
        (4, protobuf([(1, protobuf([(1, origin), (2, 0)] + items))])),
        (5, protobuf([(1, origin), (2, 3), (3, checkpoint(records, 2)[1])])),
        (6, protobuf([(1, 2), (2, 3), (3, 2)])),
    ]
    file = b"CAIRNBDL\0\1" + frame(head_frame)
    for message in messages:
        file += frame(protobuf([message]))
    name = f"cairn/bundle/v1/default/{node().hex()}"
    digest, identity = sha256(file).hex(), key(state, "asl/snapshot")[2:].hex()
    trailer = signed(name, f"{name}\nsha256 {digest}\nsnapshot asl1-sha256:{identity}\n")
    yield "header", head_frame
    yield "trailer", trailer
    yield "bundle", file + frame(trailer)


def excerpt():
    records = log()
    joined = path(2, records)
    hashes = [joined[at : at + 32] for at in range(0, len(joined), 32)]
    subject = "sha256:" + sha256(b"hello").hex()
    header = cbor([1, "default", "payload", subject, ["a store"]])
    shown = cbor([0, 0, node(), 1, keyed(), len(records), root(records), checkpoint(records, 3)[1]])
    # The record's payload is another one.
    file = b"CAIRNBDL\0\2" + frame(header) + frame(shown) + frame(cbor([1, records[2], hashes, b"hallo"]))
    yield "excerpt", file + frame(sha256(file))
    file = file[: file.index(frame(shown))] + frame(cbor([0, 0, node(), 1, keyed(), 5, root(records), None]))
    file += frame(cbor([1, records[2], hashes, None]))
    yield "unsigned", file + frame(sha256(file))


def edge():
    a, b, c = key(b"a"), key(b"b"), key(b"c")
    yield "artifact.a", a
    yield "artifact.b", b
    yield "artifact.c", c
    roles = [None] + ["100644 " + name for name in ("Z", "\u00e9", "\uff5e", "\U0001f600")]
    edges = {
        "minimal": [1, "x:y", [], [[a, None]], None],
        "derived": [1, "prov:wasDerivedFrom", [[a, None]], [[b, None]], None],
        "full": [1, "git:commit", sorted([[a, "parent 0"], [b, "tree"]]), [[c, None]], a],
        "roles": [1, "git:tree", [[a, role] for role in roles], [[a, "tree"]], None],
    }
    for name, fields in edges.items():
        yield f"{name}.edge", cbor(fields)
        yield f"{name}.key", key(cbor(fields), "tgk/edge")
        yield f"{name}.slot", sha256(cbor(fields[1:4]))
    for name, value in refused_edges(a, b):
        yield f"refused.{name}", value if isinstance(value, bytes) else cbor(value)


def refused_edges(a, b):
    good = edge_of([], [[a, None]])
    low, high = sorted([a, b])
    yield "order", edge_of([[high, None], [low, None]], [[a, None]])
    yield "role-order", edge_of([[a, "r"], [a, None]], [[a, None]])
    yield "duplicate", edge_of([[a, None], [a, None]], [[b, None]])
    yield "no-effect", edge_of([[a, None]], [])
    yield "empty-role", edge_of([], [[a, ""]])
    yield "role-not-nfc", edge_of([], [[a, "e\u0301"]])
    yield "type-without-namespace", edge_of([], [[a, None]], "y")
    yield "type-with-capital-namespace", edge_of([], [[a, None]], "X:y")
    yield "unknown-hash", edge_of([], [[b"\x7f\xff" + a[2:], None]])
    yield "short-key", edge_of([], [[a[:-1], None]])
    yield "version-2", [2] + good[1:]
    yield "version-0", [0] + good[1:]
    yield "four-fields", good[:4]
    yield "trailing-byte", cbor(good) + b"\0"
    yield "long-integer", b"\x85\x18\x01" + cbor(good)[2:]
    yield "indefinite-array", b"\x9f" + cbor(good)[1:] + b"\xff"
    yield "too-many-endpoints", b"\x85\x01" + cbor("x:y") + head(4, 65_537)
    yield "empty", b""


def edge_of(causes, effects, kind="x:y"):
    return [1, kind, causes, effects, None]


def width(count):
    return ((count - 1).bit_length() + 7) // 8 if count > 0 else 0


def segment_starts(starts):
    """Where the arcs of each node begin, in blocks of 16 nodes."""
    anchors, relatives, wide = b"", b"", b""
    nodes = len(starts) - 1
    for block in range(0, nodes + 1, 16):
        part = [starts[min(nodes, node)] for node in range(block, block + 16)]
        if part[-1] - part[0] > 0xFFFF:
            anchors += (1 << 31 | len(wide) // 64).to_bytes(4, "big")
            relatives += bytes(32)
            wide += b"".join(start.to_bytes(4, "big") for start in part)
        else:
            anchors += part[0].to_bytes(4, "big")
            relatives += b"".join((start - part[0]).to_bytes(2, "big") for start in part)
    return anchors + relatives + wide


def segment(snapshot_payload, edges):
    """The file of these edges: a type, and sets of keys of causes and of effects, each."""
    nodes = sorted({end for _, causes, effects in edges for end in causes | effects})
    types = sorted({kind for kind, _, _ in edges})
    number = {end: i for i, end in enumerate(nodes)}
    told = [
        (types.index(kind), sorted(map(number.get, causes)), sorted(map(number.get, effects)))
        for kind, causes, effects in edges
    ]
    simple = [edge for edge in told if len(edge[1]) == len(edge[2]) == 1]
    hyper = sorted(
        (edge for edge in told if not len(edge[1]) == len(edge[2]) == 1), key=lambda e: (e[0], len(e[1]), e[1], len(e[2]), e[2])
    )
    arc_width, type_width = max(1, width(len(nodes) + len(hyper))), width(len(types))
    sections = [snapshot_payload]
    counts = [sum(edge[0] == i for edge in told) for i in range(len(types))]
    sections.append(b"".join(c.to_bytes(4, "big") + bytes([len(t)]) + t.encode() for t, c in zip(types, counts)))
    runs, directory, keys = b"", b"", b""
    for hash_id in sorted({end[:2] for end in nodes}):
        run = [end[2:] for end in nodes if end[:2] == hash_id]
        leading = max(d for d in range(4) if d == 0 or len(run) >= 4 << 8 * d)
        runs += hash_id + len(run).to_bytes(4, "big")
        prefixes = [int.from_bytes(end[:leading], "big") for end in run]
        lesser = 0
        for bucket in range((1 << 8 * leading) + 1):
            while lesser < len(run) and prefixes[lesser] < bucket:
                lesser += 1
            directory += lesser.to_bytes(4, "big")
        keys += b"".join(end[leading:] for end in run)
    sections += [runs, directory, keys]
    arcs_of = []
    for near, far in ((2, 1), (1, 2)):
        arcs = [[] for _ in nodes]
        for edge in simple:
            arcs[edge[near][0]].append((edge[far][0], edge[0]))
        for i, edge in enumerate(hyper):
            for node_number in edge[near]:
                arcs[node_number].append((len(nodes) + i, edge[0]))
        starts = [0]
        for of_node in arcs:
            of_node.sort()
            starts.append(starts[-1] + len(of_node))
        sections.append(segment_starts(starts))
        sections.append(b"".join(arc.to_bytes(arc_width, "big") for of_node in arcs for arc, _ in of_node))
        sections.append(b"".join(kind.to_bytes(type_width, "big") for of_node in arcs for _, kind in of_node))
        arcs_of.append(starts[-1])
    table, ends = b"", []
    for kind, causes, effects in hyper:
        table += b"".join(n.to_bytes(4, "big") for n in (len(ends), len(causes), kind))
        ends += causes + effects
    sections.append(table + b"".join(n.to_bytes(4, "big") for n in [len(ends)] + ends))
    body = b"".join(sections)
    head_length = 24 + 6 * 4 + 24 * len(sections) + 4
    start = b"TGKINDEX" + (1).to_bytes(2, "big") + len(sections).to_bytes(2, "big") + head_length.to_bytes(4, "big")
    start += (head_length + len(body) + 32).to_bytes(8, "big")
    for count in (len(nodes), *arcs_of, len(simple), len(hyper), len(types)):
        start += count.to_bytes(4, "big")
    at = head_length
    for i, section in enumerate(sections):
        start += (i + 1).to_bytes(4, "big") + crc32c(section).to_bytes(4, "big")
        start += at.to_bytes(8, "big") + len(section).to_bytes(8, "big")
        at += len(section)
    start += crc32c(start).to_bytes(4, "big")
    return start + body + sha256(body + start)


def graph_segment():
    a, b, c = key(b"a"), key(b"b"), key(b"c")
    other = b"\x00\x02" + sha256(b"other")
    nothing = cbor([1, "default", [], sha256(b"state")])
    small = [
        ("x:y", {a}, {b}),
        ("x:y", {a}, {b}),
        ("prov:wasDerivedFrom", {b}, {c}),
        ("x:y", {c}, {other}),
        ("git:commit", {a, b}, {c}),
        ("git:commit", {c}, {a, other}),
        ("git:tree", set(), {other}),
    ]
    yield "artifact.other", other
    yield "empty.segment", segment(nothing, [])
    yield "small.segment", segment(nothing, small)
    many = [b"\x00\x01" + sha256(i.to_bytes(4, "big")) for i in range(1500)]
    hub = [("x:y", {many[i % 1500]}, {many[i // 1400]}) for i in range(1400)]
    hub += [("x:y", {many[i % 1499 + 1]}, {many[0]}) for i in range(70000)]
    yield "hub.sha256", sha256(segment(nothing, hub))
    good = segment(nothing, small)
    yield "refused.empty", b""
    yield "refused.magic", b"X" + good[1:]
    yield "refused.version-2", good[:9] + b"\x02" + good[10:]
    yield "refused.version-0", good[:9] + b"\x00" + good[10:]
    yield "refused.short", good[:-1]
    yield "refused.long", good + b"\x00"
    yield "refused.head", good[:-1].replace(b"\x00\x00\x00\x0c", b"\x00\x00\x00\x0d", 1) + good[-1:]
    yield "refused.section", good[:-33] + bytes([good[-33] ^ 1]) + good[-32:]


def finding():
    a, node = key(b"a"), sha256(bytes(32))
    yield "artifact.a", a
    yield "origin", node + (7).to_bytes(4, "big")
    found = [1, "audit:payload-missing", 3, "sha256:caf\u00e9", "a payload is gone"]
    identity = sha256(cbor(["finding", found[1], found[3]]))
    finding_key = key(cbor(found), "finding/finding")
    yield "missing.finding", cbor(found)
    yield "missing.id", identity
    yield "missing.key", finding_key
    occurrences = {
        "record": [1, identity, "a/.cairn", node + (7).to_bytes(4, "big"), 300, a, "record 17"],
        "plain": [1, identity, "b.cairn", None, None, None, "state tree"],
    }
    for name, fields in occurrences.items():
        place_key = key(cbor(fields), "finding/occurrence")
        causes = [[place_key, None]] + ([[fields[5], "artifact"]] if fields[5] else [])
        yield f"{name}.occurrence", cbor(fields)
        yield f"{name}.key", place_key
        yield f"{name}.edge", cbor([1, "finding:occurrence", sorted(causes, key=lambda end: end[0]), [[finding_key, None]], None])
    place_key = key(cbor(occurrences["record"]), "finding/occurrence")
    observed = [1, place_key, node]
    observation_key = key(cbor(observed), "finding/observation")
    yield "known.observation", cbor(observed)
    yield "known.key", observation_key
    yield "known.edge", cbor([1, "finding:observation", [[observation_key, None]], [[place_key, None]], None])
    moment = 1_700_000_000_000
    sightings = {
        "once": [1, [moment, moment, "cairn 1", ""], None],
        "twice": [1, [moment, moment + 5, "cairn 1", "missing"], [moment + 1, True, "known"]],
        "withdrawn": [1, None, [moment + 2, False, "not so"]],
    }
    for name, fields in sightings.items():
        sighting_key = key(cbor(fields), "finding/sighting")
        edge_fields = [1, "finding:sighting", [], [[observation_key, None]], sighting_key]
        yield f"{name}.sighting", cbor(fields)
        yield f"{name}.key", sighting_key
        yield f"{name}.edge", cbor(edge_fields)
        yield f"{name}.slot", sha256(cbor(edge_fields[1:4]))
    for name, value in refused_findings(found, occurrences["record"], observed, sightings["twice"]):
        yield f"refused.{name}", value if isinstance(value, bytes) else cbor(value)


def refused_findings(found, occurrence, observed, sighting):
    yield "finding.version-2", [2] + found[1:]
    yield "finding.four-fields", found[:4]
    yield "finding.rule-without-namespace", [1, "payload"] + found[2:]
    yield "finding.rule-with-a-capital", [1, "audit:Payload"] + found[2:]
    yield "finding.severity-5", found[:2] + [5] + found[3:]
    yield "finding.severity-negative", found[:2] + [-1] + found[3:]
    yield "finding.subject-empty", found[:3] + ["", found[4]]
    yield "finding.subject-not-nfc", found[:3] + ["cafe\u0301", found[4]]
    yield "finding.trailing-byte", cbor(found) + b"\0"
    yield "finding.empty", b""
    yield "occurrence.version-0", [0] + occurrence[1:]
    yield "occurrence.short-id", [1, occurrence[1][:-1]] + occurrence[2:]
    yield "occurrence.logseq-without-origin", occurrence[:3] + [None] + occurrence[4:]
    yield "occurrence.logseq-negative", occurrence[:4] + [-1] + occurrence[5:]
    yield "occurrence.epoch-0", occurrence[:3] + [occurrence[3][:32] + bytes(4)] + occurrence[4:]
    yield "occurrence.unknown-hash", occurrence[:5] + [b"\x7f\xff" + occurrence[5][2:], occurrence[6]]
    yield "occurrence.place-null", occurrence[:6] + [None]
    yield "observation.version-2", [2] + observed[1:]
    yield "observation.short-key", [1, observed[1][:-1], observed[2]]
    yield "observation.long-node", [1, observed[1], observed[2] + b"\0"]
    yield "sighting.version-2", [2] + sighting[1:]
    yield "sighting.nothing", [1, None, None]
    yield "sighting.first-after-last", [1, [sighting[1][1] + 1] + sighting[1][1:], None]
    yield "sighting.program-empty", [1, sighting[1][:2] + ["", ""], None]
    yield "sighting.standing-1", [1, None, [sighting[2][0], 1, "known"]]
    yield "sighting.reason-empty", [1, None, [sighting[2][0], True, ""]]
    yield "sighting.huge-count", b"\x83\x01" + head(4, 1 << 62)


def program_values():
    return {
        "minimal": [1, [], [["empty", "bytes/concat", 1, [], {}]], [["out", "empty"]]],
        "passing": [1, ["in"], [], [["out", "in"]]],
        "diamond": [
            1,
            ["other", "sources"],
            [
                ["a", "text/stats", 1, ["sources"], {}],
                ["b", "text/stats", 1, ["other"], {}],
                ["sum", "json/merge", 1, ["a", "b", "a"], {"max": ["longestLine"]}],
            ],
            [["first", "a"], ["total", "sum"]],
        ],
        "parameters": [
            1,
            ["in"],
            [["cut", "bytes/slice", 1, ["in"], {"to": 65536, "from": 0, "type": "text/plain"}]],
            [["out", "cut"]],
        ],
    }


def program():
    programs = program_values()
    for name, fields in programs.items():
        yield f"{name}.program", cbor(fields)
        yield f"{name}.key", key(cbor(fields), "pel/program")
    for node, name in (("diamond", "sum"), ("parameters", "cut")):
        fields = next(item for item in programs[node][2] if item[0] == name)
        yield f"{node}.{name}.parametersDigest", sha256(cbor(fields[4]))
    items = [1, [[key(b"a"), "a.txt"], [key(b"b"), None], [key(b"a"), "caf\u00e9"]]]
    yield "items.list", cbor(items)
    yield "items.key", key(cbor(items), "pel/list")
    for name, value in refused_programs(programs["diamond"]):
        yield f"refused.{name}", value if isinstance(value, bytes) else cbor(value)


def refused_programs(good):
    def node(name, inputs, operator="text/stats", version=1, parameters=None):
        return [name, operator, version, inputs, parameters or {}]

    def with_nodes(*nodes, out="a"):
        return [1, ["sources"], list(nodes), [["out", out]]]

    yield "cycle", with_nodes(node("a", ["b"]), node("b", ["a"]))
    yield "self", with_nodes(node("a", ["a"]))
    yield "dangling-input", with_nodes(node("a", ["gone"]))
    yield "dangling-output", with_nodes(node("a", ["sources"]), out="gone")
    yield "no-output", good[:3] + [[]]
    yield "inputs-out-of-order", [1, ["sources", "other"]] + good[2:]
    yield "input-twice", [1, ["other", "other", "sources"]] + good[2:]
    yield "nodes-out-of-order", good[:2] + [good[2][::-1], good[3]]
    yield "outputs-out-of-order", good[:3] + [good[3][::-1]]
    yield "node-named-as-input", with_nodes(node("sources", []), out="sources")
    yield "name-with-a-dot", with_nodes(node("a.b", ["sources"]), out="a.b")
    yield "operator-without-group", with_nodes(node("a", ["sources"], "stats"))
    yield "operator-version-0", with_nodes(node("a", ["sources"], "text/stats", 0))
    yield "parameters-not-a-map", good[:2] + [[["a", "text/stats", 1, ["sources"], []]] + good[2][1:], good[3]]
    yield "float-parameter", cbor(with_nodes(node("a", ["sources"], parameters={"x": 0})))[:-len(cbor([["out", "a"]])) - 1] + b"\xf9\x3c\x00" + cbor([["out", "a"]])
    yield "version-2", [2] + good[1:]
    yield "three-fields", good[:3]
    yield "trailing-byte", cbor(good) + b"\0"
    yield "empty", b""


def receipt():
    source, result, other = key(b"a"), key(b"b", "application/json"), key(b"c")
    programs = program_values()
    used = key(cbor(programs["diamond"]), "pel/program")
    parameters = [sha256(cbor(node[4])) for node in programs["diamond"][2]]
    given = [["other", other], ["sources", source]]
    steps = [
        ["a", "text/stats", 1, parameters[0], [source], [result]],
        ["b", "text/stats", 1, parameters[1], [other], [result]],
        ["sum", "json/merge", 1, parameters[2], [result, result, result], [result]],
    ]
    outputs = [["first", result], ["total", result]]
    refusal = ["b", "not-an-object", "object 0 is no JSON object"]
    receipts = {
        "succeeded": [1, used, given, outputs, 4, steps, []],
        "failed": [1, used, given, [], 2, steps[:1], [refusal]],
    }
    yield "invocation", sha256(cbor([used, given]))
    for name, fields in receipts.items():
        yield f"{name}.receipt", cbor(fields)
        yield f"{name}.key", key(cbor(fields), "pel/receipt")
        yield f"{name}.edge", cbor(run_edge(key(cbor(fields), "pel/receipt"), fields))
    for step in steps:
        yield f"step.{step[0]}.key", sha256(cbor(step[1:5]))
    good = receipts["succeeded"]
    refused = {
        "success-without-outputs": good[:3] + [[]] + good[4:],
        "success-with-a-failure": good[:6] + [[["z", refusal[1], refusal[2]]]],
        "failure-without-one": good[:3] + [[], 2, steps, []],
        "failure-with-outputs": good[:4] + [2, steps[:1], [refusal]],
        "node-in-both-lists": good[:3] + [[], 2, steps[:2], [refusal]],
        "unknown-status": good[:4] + [5] + good[5:],
        "steps-out-of-order": good[:5] + [steps[::-1], []],
        "step-without-output": good[:5] + [[steps[0][:5] + [[]]] + steps[1:], []],
        "short-parameters-digest": good[:5] + [[steps[0][:3] + [parameters[0][:-1]] + steps[0][4:]] + steps[1:], []],
        "inputs-out-of-order": good[:2] + [given[::-1]] + good[3:],
        "message-not-ascii": receipts["failed"][:6] + [[["b", "not-an-object", "caf\u00e9"]]],
        "code-with-a-space": receipts["failed"][:6] + [[["b", "not an object", "x"]]],
        "unknown-hash": [1, b"\x7f\xff" + used[2:]] + good[2:],
        "version-2": [2] + good[1:],
        "trailing-byte": cbor(good) + b"\0",
        "empty": b"",
    }
    for name, value in refused.items():
        yield f"refused.{name}", value if isinstance(value, bytes) else cbor(value)


def run_request():
    program = key(cbor(program_values()["diamond"]), "pel/program")
    good = [1, program, [["other", key(b"c")], ["sources", key(b"a")]]]
    yield "some.request", cbor(good)
    yield "some.key", key(cbor(good), "pel/run-request")
    yield "some.invocation", sha256(cbor(good[1:]))
    none = [1, program, []]
    yield "none.request", cbor(none)
    yield "none.key", key(cbor(none), "pel/run-request")
    refused = {
        "inputs-out-of-order": good[:2] + [good[2][::-1]],
        "input-twice": good[:2] + [[good[2][0], good[2][0]]],
        "no-name": good[:2] + [[["a b", good[2][0][1]]]],
        "unknown-hash": [1, b"\x7f\xff" + program[2:], good[2]],
        "version-2": [2] + good[1:],
        "two-fields": good[:2],
        "trailing-byte": cbor(good) + b"\0",
        "empty": b"",
    }
    for name, value in refused.items():
        yield f"refused.{name}", value if isinstance(value, bytes) else cbor(value)


def borrowing():
    of = key(b"a", "pel/receipt")
    good = [1, of, ["a", "sum"]]
    yield "some.borrowing", cbor(good)
    yield "some.key", key(cbor(good), "pel/borrowing")
    refused = {
        "no-node": [1, of, []],
        "nodes-out-of-order": [1, of, ["sum", "a"]],
        "node-twice": [1, of, ["a", "a"]],
        "no-name": [1, of, ["a b"]],
        "unknown-hash": [1, b"\x7f\xff" + of[2:], ["a"]],
        "version-2": [2] + good[1:],
        "two-fields": good[:2],
        "trailing-byte": cbor(good) + b"\0",
        "empty": b"",
    }
    for name, value in refused.items():
        yield f"refused.{name}", value if isinstance(value, bytes) else cbor(value)


def run_edge(receipt_key, fields):
    def ends(first, role, named):
        found = [[first, role]] + [[item, f"{role_of(role)} {name}"] for name, item in named]
        return sorted(found, key=lambda end: (end[0], end[1].encode()))

    def role_of(role):
        return {"program": "input", "receipt": "output"}[role]

    return [1, "pel:run", ends(fields[1], "program", fields[2]), ends(receipt_key, "receipt", fields[3]), None]


def varint(number):
    out = b""
    while number > 127:
        out += bytes([number & 127 | 128])
        number >>= 7
    return out + bytes([number])


def proto(*fields):
    """A protobuf message of (number, value) pairs; zero, false and empty text are left out, None is always."""
    out = b""
    for number, value in fields:
        if isinstance(value, (bool, int)):
            out += varint(number << 3) + varint(int(value)) if value else b""
        elif isinstance(value, str):
            out += proto((number, value.encode())) if value else b""
        elif value is not None:
            out += varint(number << 3 | 2) + varint(len(value)) + value
    return out


def protocol():
    me = node() + (1).to_bytes(4, "big")
    other = bytes(32) + (2).to_bytes(4, "big")
    records = log()
    cursor = [proto((1, other), (2, 1), (3, 2)), proto((1, me), (2, 5), (3, 3))]
    hello = [(1, 1), (2, 1), (3, "default"), (4, node()), (5, keyed()), (6, "identity"), (7, True), (8, True)]
    run = proto((1, me), (2, 3), (3, proto((1, records[3]), (2, b"edge"))), (3, proto((1, records[4]))))
    note = dict(merkle_log())["checkpoint.note"]
    heartbeat = proto((8, proto((1, HLC))))
    yield "hello", proto((1, proto(*hello, *[(9, entry) for entry in cursor])))
    yield "hello.live", proto((1, proto(*hello, (10, "later/9"), (10, "live/1"), (11, True))))
    yield "originInfo", proto((2, proto((1, me), (2, keyed()))))
    yield "payloadPiece", proto((3, proto((1, sha256(b"hello")), (2, 5), (3, 2), (4, b"llo"))))
    yield "records", proto((4, proto((1, run))))
    yield "checkpointNote", proto((5, proto((1, me), (2, 5), (3, note))))
    yield "deltaEnd", proto((6, proto((1, 2), (2, 2), (3, 1))))
    yield "ack", proto((7, proto(*[(1, entry) for entry in cursor])))
    yield "heartbeat", heartbeat
    yield "goodbye.done", proto((9, proto((1, 1))))
    yield "goodbye.limit", proto((9, proto((1, 7), (2, "too much"))))
    yield "finished", proto((10, b""))
    yield "pulse", proto((11, proto((1, HLC), *[(2, entry) for entry in cursor])))
    yield "cursorAnswer", proto((12, proto((1, me), (2, 2), (3, 5), (4, 3))))
    yield "skipped.noKind", b""
    yield "skipped.unknownKind", proto((60, b"from a later version"))
    yield "refused.twoKinds", heartbeat + proto((9, proto((1, 1))))
    yield "refused.fieldTwice", proto((8, proto((1, 1), (1, 2))))
    yield "refused.numberTooLarge", proto((8, proto((1, 1 << 63))))
    yield "refused.lengthBeyondTheEnd", heartbeat[:1] + b"\x7f" + heartbeat[2:]
    yield "refused.shortOrigin", proto((2, proto((1, me[:-1]), (2, keyed()))))
    yield "refused.keyOfAnother", proto((2, proto((1, other), (2, keyed()))))
    yield "refused.cursorOutOfOrder", proto((7, proto(*[(1, entry) for entry in reversed(cursor)])))
    yield "refused.featuresOutOfOrder", proto((1, proto(*hello, (10, "live/1"), (10, "later/9"))))
    yield "refused.unknownCursorProblem", proto((12, proto((1, me), (2, 5), (3, 5))))
    yield "refused.noRun", proto((4, b""))


def fetch():
    payload, chunk = sha256(b"hello"), sha256(b"chunk")

    def listed(length):
        return chunk + length.to_bytes(4, "big")

    def item(length, piece=None, start=0):
        return 2, proto((1, payload), (2, length), (3, piece), (4, start))

    yield "want", proto((15, proto((1, 3), item(5), item(300_000, chunk), item(300_000, None, 7))))
    yield "pieces", proto((16, proto((1, proto((1, 3), (2, b"hello"))))))
    yield "absent", proto((17, proto((1, (4).to_bytes(8, "big") + (5).to_bytes(8, "big")))))
    yield "chunkList", proto((18, proto((1, 5), (2, 8), (3, listed(100_000)))))
    yield "refused.noItem", proto((15, proto((1, 3))))
    yield "refused.halfNumber", proto((17, proto((1, bytes(12)))))
    yield "refused.halfChunk", proto((18, proto((1, 5), (2, 8), (3, listed(100_000) + chunk))))
    yield "refused.chunkOfASmallPayload", proto((15, proto(item(5, chunk))))
    yield "refused.chunkTooLong", proto((18, proto((1, 5), (2, 8), (3, listed((1 << 20) + 1)))))


def bootstrap():
    origin = bytes(32) + (2).to_bytes(4, "big")
    data = b"\0\1r\0" + b"\0\1s\1" + (5).to_bytes(4, "big") + b"hello" + bytes(2) + (1).to_bytes(4, "big") + b"n"
    yield "snapshotAsk", proto((45, b""))
    yield "snapshotTell", proto((46, proto((1, b"snapshot"))))
    yield "stretchAsk", proto((47, proto((1, origin), (2, 3), (3, 7), (4, 1))))
    yield "bareStretchAsk", proto((47, proto((1, origin), (3, 7))))
    yield "data", data
    yield "stretchData", proto((48, proto((1, data))))
    yield "stretchEnd", proto((49, proto((1, 1), (2, keyed()), (3, b"note"))))
    yield "nothingHeld", proto((49, b""))
    yield "refused.noSnapshot", proto((46, b""))
    yield "refused.endsBeforeItBegins", proto((47, proto((1, origin), (2, 7), (3, 3))))
    yield "refused.noOrigin", proto((47, proto((3, 7))))
    yield "refused.noData", proto((48, proto((1, b""))))
    yield "refused.shortKey", proto((49, proto((1, 1), (2, keyed()[:-1]))))


def node_certificate():
    """The generator of P-256 (SEC 2) stands in for a TLS key."""
    x = "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
    y = "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"
    key_info = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d03010703420004" + x + y)
    times = b"".join(seconds.to_bytes(8, "big") for seconds in (1_700_000_000, 1_702_595_600))
    statement = b"cairn-tls-v1\0" + key_info + times
    voucher = keyed() + keyed(statement)
    yield "tlsKey", key_info
    yield "statement", statement
    yield "voucher", voucher
    yield "extension", b"\x04\x60" + voucher
    yield "uri", b"cairn:node:" + node().hex().encode()


MASKS = [int(mask, 16) for mask in """
1804110 1803110 18035100 1800035300 19000353000 590003530000 d90003530000 d90103530000 d90303530000 d90313530000 d90f03530000
d90303537000 d90703537000 d90707537000 d91707537000 d91747537000 d91767537000 d93767537000 d93777537000 d93777577000 db3777577000
""".split()]


def gear(seed):
    return [int.from_bytes(hashlib.md5(bytes([b]) * 64).digest()[:8], "big") ^ seed for b in range(256)]


def cuts(payload, minimum, average, maximum, seed):
    """Chunk lengths, u32be each. One byte a step; no mask has bit 63, so steps of two come to the same."""
    table, bits, lengths, start = gear(seed), average.bit_length() - 1, [], 0
    while start < len(payload):
        length = min(len(payload) - start, maximum)
        end, h = length, 0
        if length > minimum:
            centre = min(average, length) // 2 * 2
            for at in range(minimum // 2 * 2, length // 2 * 2):
                h = (h << 1) + table[payload[start + at]] & (1 << 64) - 1
                if h & MASKS[bits + (2 if at < centre else -2) - 5] == 0:
                    end = at
                    break
        lengths.append(end)
        start += end
    return b"".join(length.to_bytes(4, "big") for length in lengths)


def chunking():
    payload = b"".join(sha256(i.to_bytes(4, "big")) for i in range(1 << 16))
    yield "gear.0", gear(0)[0].to_bytes(8, "big")
    yield "gear.255", gear(0)[255].to_bytes(8, "big")
    yield "small.cuts", cuts(payload[: 1 << 16], 1024, 4096, 16384, 0)
    yield "seeded.cuts", cuts(payload[: 1 << 16], 1024, 4096, 16384, 666)
    yield "store.cuts", cuts(payload, 1 << 16, 1 << 18, 1 << 20, 0)


DOCUMENTS = {
    "artifact.md": artifact,
    "artifact-proof.md": artifact_proof,
    "borrowing.md": borrowing,
    "bootstrap.md": bootstrap,
    "bundle.md": bundle,
    "cbor.md": cbor_values,
    "chunking.md": chunking,
    "closing.md": closing,
    "convergence.md": convergence,
    "cosignature.md": cosignature,
    "edge.md": edge,
    "epoch.md": epoch,
    "evidence.md": evidence,
    "excerpt.md": excerpt,
    "fetch.md": fetch,
    "finding.md": finding,
    "graph-segment.md": graph_segment,
    "log-position.md": log_position,
    "log-record.md": log_record,
    "member.md": member,
    "range.md": hash_range,
    "merkle-log.md": merkle_log,
    "node-certificate.md": node_certificate,
    "program.md": program,
    "protocol.md": protocol,
    "receipt.md": receipt,
    "run-request.md": run_request,
    "snapshot.md": snapshot,
    "state-root.md": state_root,
}


def vectors(document):
    text = (FOLDER / document).read_text(encoding="utf-8")
    for block in re.findall(r"^```vectors\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        for line in block.splitlines():
            name, _, hexadecimal = line.partition(" =")
            yield name, bytes.fromhex(hexadecimal)


def main():
    agreed, wrong = 0, []
    for document, compute in DOCUMENTS.items():
        if "--print" in sys.argv:
            print(document)
            for name, value in compute():
                print(f"{name} = {value.hex()}")
            continue
        mine, theirs = dict(compute()), dict(vectors(document))
        for name in sorted(mine.keys() | theirs.keys()):
            if name in mine and name in theirs and mine[name] == theirs[name]:
                agreed += 1
            else:
                wrong.append(f"{document}: {name}")
    for place in wrong:
        print("differs:", place)
    if "--print" not in sys.argv:
        print(f"{agreed} vectors agree, {len(wrong)} differ")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()

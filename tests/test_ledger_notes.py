"""Signed notes and checkpoints, against the examples of their specifications, and against what is nearly one."""

from base64 import b64encode

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ledger import checkpoints
from ledger.checkpoints import Checkpoint, SignedCheckpoint
from ledger.errors import Tampered
from ledger.merkle import EMPTY_ROOT
from ledger.notes import Note, NoteWrong, Signature, VerifierKey, signers
from ledger.store import Ledger
from tests.databases import AT
from tests.test_ledger_verify import tamper

# The examples of C2SP signed-note and tlog-checkpoint.
EXAMPLE_KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
EXAMPLE = (
    "This is an example message.\n\n"
    "— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
).encode()
BEHIND_THE_SOFA = (
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    "— example.com/behind-the-sofa"
    " Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
).encode()

ROOT = b64encode(bytes(range(32))).decode()


def a_key(name: str = "turnaround/production/1") -> tuple[VerifierKey, Ed25519PrivateKey]:
    private = Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return VerifierKey(name, public), private


def signed(size: int = 3, origin: str = "turnaround/production/1") -> tuple[SignedCheckpoint, VerifierKey]:
    key, private = a_key(origin)
    held = Checkpoint(origin, size, bytes(range(32)) if size else EMPTY_ROOT)
    return SignedCheckpoint(held, key.sign(held.text, private.sign)), key


def test_the_example_of_signed_note_verifies_and_is_written_as_it_was_read() -> None:
    note, key = Note.parse(EXAMPLE), VerifierKey.parse(EXAMPLE_KEY)
    assert signers(note, [key]) == [key]
    assert note.encode() == EXAMPLE and str(key) == EXAMPLE_KEY


def test_the_example_of_tlog_checkpoint_is_read() -> None:
    read = SignedCheckpoint.parse(BEHIND_THE_SOFA)
    assert (read.checkpoint.origin, read.checkpoint.size) == ("example.com/behind-the-sofa", 20852163)
    assert read.note.text == read.checkpoint.text and read.note.encode() == BEHIND_THE_SOFA


def test_signatures_of_others_are_passed_over_and_a_false_one_is_not() -> None:
    made, key = signed()
    other, private = a_key("witness.example/w1")
    both = made.note.with_signatures(other.sign(made.note.text, private.sign).signatures)
    assert signers(Note.parse(both.encode()), [key]) == [key]
    assert signers(both, [other, key]) == [other, key]
    assert signers(both, []) == [] == signers(both, [a_key("witness.example/w1")[0]])
    false = Note(both.text, (Signature(key.name, key.id, bytes(64)), *both.signatures[1:]))
    with pytest.raises(NoteWrong, match="is not that key's"):
        signers(false, [other, key])
    assert signers(false, [other]) == [other]


GOOD = f"origin\n3\n{ROOT}\n"
LINE = f"— origin {b64encode(bytes(68)).decode()}\n"


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "not a text"),
        (GOOD.encode(), "not a text"),
        (f"{GOOD}\n".encode(), "not a text"),
        (f"{GOOD}\n{LINE}"[:-1].encode(), "not a text"),
        (f"{GOOD}\n{LINE}x".encode(), "not a text"),
        (f"{GOOD}\n{LINE}x\n".encode(), "is not a signature"),
        (f"{GOOD}\n{LINE}\n".encode(), "not a text"),
        (f"{GOOD}\n{LINE}".replace("—", "-").encode(), "is not a signature"),
        (f"{GOOD}\n{LINE}".replace("— origin ", "— ori+gin ").encode(), "is not a signature"),
        (f"{GOOD}\n{LINE}".replace("— origin ", "— ori\u2003gin ").encode(), "is not a signature"),
        (f"{GOOD}\n{LINE}".replace("— origin ", "—  ").encode(), "is not a signature"),
        (f"{GOOD}\n— origin AAAA\n".encode(), "too short"),
        (f"{GOOD}\n— origin AAAAAA\n".encode(), "is not base64"),
        (f"{GOOD}\n— origin AAAAAAB=\n".encode(), "is not base64"),
        (f"{GOOD}\n{LINE}".encode() + b"\xff", "not UTF-8"),
        (f"{GOOD}\n{LINE}".replace("\n", "\r\n").encode(), "control character"),
        (f"ori\tgin\n3\n{ROOT}\n\n{LINE}".encode(), "control character"),
        (f"{GOOD}\n{LINE}".encode() + b"x" * (1 << 20), "longer"),
        (f"{GOOD}extension\n\n{LINE}".encode(), "three lines"),
        (f"\n3\n{ROOT}\n\n{LINE}".encode(), "three lines"),
        (f"origin\n3\n\n{LINE}".encode(), "three lines"),
        *(
            (f"origin\n{size}\n{ROOT}\n\n{LINE}".encode(), "its size")
            for size in ("03", "-3", "3 ", "+3", "3.0", "٣", 2**63, "")
        ),
        (f"origin\n3\n{ROOT[:-4]}\n\n{LINE}".encode(), "not a SHA-256"),
        (f"origin\n3\n{ROOT[:-1]}\n\n{LINE}".encode(), "not base64"),
        (f"origin\n3\n {ROOT}\n\n{LINE}".encode(), "not base64"),
        (f"origin\n3\n{ROOT[:-2]}9=\n\n{LINE}".encode(), "not base64"),
        (f"origin\n0\n{ROOT}\n\n{LINE}".encode(), "empty tree"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_nearly_a_checkpoint_is_refused(data: bytes, why: str) -> None:
    with pytest.raises(NoteWrong, match=why):
        SignedCheckpoint.parse(data)


def test_a_checkpoint_of_nothing_is_one() -> None:
    made, key = signed(0)
    assert SignedCheckpoint.parse(made.note.encode()) == made
    assert signers(made.note, [key])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "example.com/foo",
        EXAMPLE_KEY.replace("530d", "530e"),
        EXAMPLE_KEY.replace("example", "sample"),
        EXAMPLE_KEY + "=",
        EXAMPLE_KEY[:-4],
        " " + EXAMPLE_KEY,
        str(VerifierKey("short", b"\x01" * 31)),
    ],
)
def test_what_is_nearly_a_key_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        VerifierKey.parse(text)


# Retained


def test_checkpoints_are_retained_by_origin_and_size(ledger: Ledger) -> None:
    made = {size: signed(size, "one")[0] for size in (3, 7, 12)}
    other = signed(5, "two")[0]
    with ledger.writing() as tx:
        for each in (*made.values(), other):
            checkpoints.keep(tx.connection, each, AT)
    with ledger.reading() as conn:
        assert list(checkpoints.retained(conn, "one")) == list(made.values())
        assert list(checkpoints.retained(conn, "one", after=3)) == [made[7], made[12]]
        assert [held.checkpoint.size for held in checkpoints.retained_of_all(conn)] == [3, 5, 7, 12]
        assert checkpoints.last(conn, "one") == made[12]
        assert checkpoints.last(conn, "three") is None
        assert checkpoints.covering(conn, "one", 4) == made[7] == checkpoints.covering(conn, "one", 7)
        assert checkpoints.covering(conn, "one", 13) is None


def test_cosignatures_are_kept_beside_and_go_with_the_note(ledger: Ledger) -> None:
    made, key = signed()
    witness, private = a_key("witness.example/w1")
    (cosignature,) = witness.sign(made.note.text, private.sign).signatures
    with ledger.writing() as tx:
        checkpoints.keep(tx.connection, made, AT)
        checkpoints.keep_cosignature(tx.connection, made.checkpoint, cosignature, AT)
    with ledger.reading() as conn:
        note = checkpoints.cosigned(conn, made)
        assert signers(Note.parse(note.encode()), [key, witness]) == [key, witness]
        assert checkpoints.last(conn, key.name) == made


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE checkpoint SET size = 4",
        "UPDATE checkpoint SET origin = 'two'",
        ("UPDATE checkpoint SET note = :n", {"n": b"no note"}),
        ("UPDATE checkpoint SET root = :n", {"n": bytes(32)}),
    ],
)
def test_a_retained_checkpoint_that_was_changed_is_not_read(ledger: Ledger, statement: str) -> None:
    with ledger.writing() as tx:
        checkpoints.keep(tx.connection, signed(3, "one")[0], AT)
    tamper(ledger, statement)
    with ledger.reading() as conn, pytest.raises(Tampered):
        list(checkpoints.retained_of_all(conn))

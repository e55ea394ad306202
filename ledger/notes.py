"""Signed notes, as C2SP signed-note v1.0.0 says: a text, an empty line, and lines that each hold one key's signature.

A note is read strictly, byte for byte: what is written again is what was read. Nothing in it counts before a signature of
a key that the reader trusts has been checked.
"""

import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

ED25519 = 1
"""The kind of signature that is an Ed25519 one over the text itself."""

LARGEST = 1 << 20
"""No note is longer, in bytes: room for sixteen signatures of any kind there is."""

_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
_LINE = re.compile("— ([^ ]+) ([A-Za-z0-9+/=]+)")


class NoteWrong(ValueError):
    """Bytes that are not a note, or a note that no trusted key signed. `why` says which; none of its text is repeated."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def base64_bytes(text: str) -> bytes:
    """Standard base64, and nothing that merely reads like it. Raises ValueError."""
    data = b64decode(text, validate=True)
    if b64encode(data).decode() != text:
        raise ValueError("bits beyond the end of the base64")
    return data


def _is_name(name: str) -> bool:
    return bool(name) and "+" not in name and not any(character.isspace() for character in name)


def key_id(name: str, kind: int, public: bytes) -> bytes:
    """The four bytes by which a note's signature names its key."""
    return sha256(name.encode() + b"\n" + bytes([kind]) + public).digest()[:4]


@dataclass(frozen=True, slots=True)
class Signature:
    """One line of a note: who signed by which name, the id of the key, and what that kind of key makes of the text."""

    name: str
    key_id: bytes
    value: bytes

    @property
    def line(self) -> str:
        """The line, without its end."""
        return f"— {self.name} {b64encode(self.key_id + self.value).decode()}"

    @classmethod
    def parse(cls, line: str) -> Self:
        """Read a line. Raises NoteWrong."""
        match = _LINE.fullmatch(line)
        if match is None or not _is_name(match[1]):
            raise NoteWrong("a line after the text is not a signature")
        try:
            data = base64_bytes(match[2])
        except ValueError:
            raise NoteWrong("a signature is not base64") from None
        if len(data) < 5:
            raise NoteWrong("a signature is too short")
        return cls(match[1], data[:4], data[4:])


@dataclass(frozen=True, slots=True)
class Note:
    """A text, which ends with a line end, and its signatures."""

    text: str
    signatures: tuple[Signature, ...]

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read a note. Raises NoteWrong."""
        if len(data) > LARGEST:
            raise NoteWrong("it is longer than any note")
        try:
            whole = data.decode()
        except UnicodeDecodeError:
            raise NoteWrong("it is not UTF-8") from None
        if _CONTROL.search(whole):
            raise NoteWrong("it holds a control character")
        text, empty, lines = whole.rpartition("\n\n")
        if not empty or not lines.endswith("\n"):
            raise NoteWrong("it is not a text, an empty line and signatures")
        return cls(text + "\n", tuple(Signature.parse(line) for line in lines[:-1].split("\n")))

    def encode(self) -> bytes:
        """The note's bytes."""
        return (self.text + "\n" + "".join(f"{signature.line}\n" for signature in self.signatures)).encode()

    def with_signatures(self, more: Iterable[Signature]) -> Self:
        """The same text with more signatures, such as those of witnesses."""
        return replace(self, signatures=(*self.signatures, *more))


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key with the name it signs by: all that a reader needs to have from elsewhere."""

    name: str
    public: bytes
    kind: int = ED25519

    @property
    def id(self) -> bytes:
        """The key's id: see `key_id`."""
        return key_id(self.name, self.kind, self.public)

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{b64encode(bytes([self.kind]) + self.public).decode()}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `name+id+key`. Raises ValueError for anything else, and for kinds of key that are not Ed25519."""
        name, _, rest = text.partition("+")
        id, _, encoded = rest.partition("+")
        data = base64_bytes(encoded)
        key = cls(name, data[1:], data[0] if data else 0)
        if not _is_name(name) or key.id.hex() != id:
            raise ValueError("the id of the key is not that of its name and bytes")
        if len(key.public) != 32:
            raise ValueError("it is not an Ed25519 key")
        return key

    def checks(self, value: bytes, data: bytes) -> bool:
        """Whether this key made an Ed25519 signature of some bytes."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(value, data)
        except (InvalidSignature, ValueError):
            return False
        return True

    def sign(self, text: str, sign: Callable[[bytes], bytes]) -> Note:
        """A text as a note, signed with the private half of this key."""
        return Note(text, (Signature(self.name, self.id, sign(text.encode())),))


def signers(note: Note, trusted: Iterable[VerifierKey]) -> list[VerifierKey]:
    """Which of the trusted keys signed a note's text. Raises NoteWrong when one did not make the signature that bears its
    name and id; signatures of other keys and kinds are passed over.
    """
    found = []
    for key in trusted:
        for signature in note.signatures:
            if key.kind != ED25519 or (signature.name, signature.key_id) != (key.name, key.id):
                continue
            if not key.checks(signature.value, note.text.encode()):
                raise NoteWrong(f"the signature by {key.name} is not that key's")
            found.append(key)
            break
    return found

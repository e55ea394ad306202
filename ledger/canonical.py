"""Canonical bytes (RFC 8785) and every hash the ledger keeps.

Leaves and inner nodes are hashed as RFC 6962 says, each with a prefix of its own, so that neither passes for the other.
The tree over them is in `ledger.merkle`.
"""

import hashlib
import math
import re
from collections.abc import Mapping
from typing import Any

import orjson
import rfc8785
from pydantic import BaseModel

from ledger.errors import NotStorable

DEPTH = 64
"""How deeply lists and objects may nest."""

_LARGEST = 2**53 - 1

_SORTED = (
    orjson.OPT_SORT_KEYS
    | orjson.OPT_PASSTHROUGH_DATACLASS
    | orjson.OPT_PASSTHROUGH_DATETIME
    | orjson.OPT_PASSTHROUGH_SUBCLASS
)

# A number with a fraction, an exponent or many digits: where JSON has one, which text that looks like it may too.
_UNUSUAL = re.compile(rb'(?:":|[\[,]|\A)-?(?:[0-9]+[.e]|[0-9]{16})')


def _refuse(value: Any, where: str, depth: int) -> None:
    # pydantic writes NaN as null without a word, so models are searched before they are dumped.
    if isinstance(value, str):
        if not value.isascii():
            try:
                value.encode()
            except UnicodeEncodeError:
                raise NotStorable(where, "text with half of a surrogate pair") from None
    elif isinstance(value, float) and not math.isfinite(value):
        raise NotStorable(where, "a number that is not finite")
    elif isinstance(value, int | float):
        # Of floats too: RFC 8785 writes large ones as whole numbers, which would then be read back as such.
        if not -_LARGEST <= value <= _LARGEST:
            raise NotStorable(where, "a number beyond 2^53 - 1; store it as text")
    elif depth > DEPTH:
        raise NotStorable(where[:200], f"nested deeper than {DEPTH}")
    elif isinstance(value, BaseModel):
        for name, item in value.__dict__.items():
            _refuse(item, f"{where}/{name}", depth + 1)
    elif isinstance(value, Mapping):
        for name, item in value.items():
            if not isinstance(name, str):
                raise NotStorable(where, "a field name that is not text")
            if not name.isascii():
                _refuse(name, where, depth)
            _refuse(item, f"{where}/{name}", depth + 1)
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            _refuse(item, f"{where}/{index}", depth + 1)


def canonical(value: Any) -> bytes:
    """The RFC 8785 bytes of a model or a plain JSON value.

    Raises NotStorable for what JSON cannot hold exactly (NaN, numbers beyond 2^53 - 1, lone surrogates), for
    nesting deeper than `DEPTH` and for values that are not JSON.
    """
    if isinstance(value, BaseModel):
        _refuse(value, "", 0)
        value = value.model_dump(mode="json", by_alias=True)
    return encoded(canonical_text(value))


def canonical_text(value: Any, where: str = "") -> str:
    """The text of which the RFC 8785 bytes of a plain JSON value are made. Raises NotStorable as `canonical` does; `where`
    is the place of the value in what it stands in.
    """
    try:
        # Nearly everything that is stored is ASCII with small whole numbers, and not deep. Of that JSON with sorted names and
        # without spaces is what RFC 8785 says. What is read back from it is the same only where nothing became something
        # else on the way, as NaN does.
        data = orjson.dumps(value, option=_SORTED)
        if (
            data.isascii()
            and data.count(b"{") + data.count(b"[") <= DEPTH
            and not _UNUSUAL.search(data)
            and orjson.loads(data) == value
        ):
            return data.decode()
    except (TypeError, ValueError):
        pass
    _refuse(value, where, 0)
    try:
        return rfc8785.dumps(value).decode()
    except rfc8785.CanonicalizationError:
        raise NotStorable(where, "not a JSON value") from None


def encoded(text: str) -> bytes:
    """Text as it is stored, in UTF-8. Raises NotStorable for half of a surrogate pair."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise NotStorable("", "text with half of a surrogate pair") from None


def digest(data: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def commitment(salt: bytes, value: bytes) -> str:
    """What stands in commands and events for a sealed value: `value` is its canonical bytes."""
    return "sealed:" + digest(salt + value)


def leaf_hash(leaf: bytes) -> bytes:
    """The RFC 6962 hash of a leaf."""
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The RFC 6962 hash of an inner node."""
    return hashlib.sha256(b"\x01" + left + right).digest()

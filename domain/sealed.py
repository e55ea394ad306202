"""Sealed values: names, contacts, free text and the content and price of bids.

A sealed value stands in commands and events only as a commitment, `SHA-256(salt ‖ RFC 8785 bytes of the value)`. Salt
and value stand in one erasable table of the ledger. The domain never sees the value, so no rule can depend on it, and
erasing it leaves every leaf, proof and replay whole.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, NewType, get_args, get_origin

from pydantic import AfterValidator, BaseModel

_COMMITMENT = re.compile(r"sealed:[0-9a-f]{64}\Z")


def _check(value: str) -> str:
    if not _COMMITMENT.match(value):
        raise ValueError("this field is sealed: it holds a commitment, never the value itself")
    return value


_Commitment = NewType("_Commitment", str)

Sealed = Annotated[_Commitment, AfterValidator(_check)]
"""A commitment to a value that the domain never sees: `sealed:` and 64 hexadecimal digits."""


def is_commitment(value: object) -> bool:
    """Whether a value read from a body is a commitment."""
    return isinstance(value, str) and _COMMITMENT.match(value) is not None


def _holds_sealed(annotation: Any) -> bool:
    if annotation is _Commitment:
        return True
    return any(_holds_sealed(arg) for arg in get_args(annotation)) if get_origin(annotation) else False


def _is_by_name(annotation: Any) -> bool:
    """Whether it is of values by name, each sealed by itself, and not of one value that may be an object."""
    return get_origin(annotation) in (dict, Mapping) or any(_is_by_name(arg) for arg in get_args(annotation))


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for arg in get_args(annotation):
        yield from _models_in(arg)


def sealed_paths(
    model: type[BaseModel], body: Any, path: tuple[str | int, ...] = ()
) -> Iterator[tuple[str | int, ...]]:
    """The places in `body`, a plain value meant for `model`, that the model declares sealed and that hold something."""
    if not isinstance(body, dict):
        return
    for name, field in model.model_fields.items():
        value = body.get(name)
        if value is None:
            continue
        here = (*path, name)
        annotation = field.annotation
        if annotation is _Commitment or _holds_sealed(annotation):
            if isinstance(value, list):
                yield from ((*here, index) for index in range(len(value)))
            elif isinstance(value, dict) and _is_by_name(annotation):
                yield from ((*here, key) for key in value)
            else:
                yield here
            continue
        for inner in _models_in(annotation):
            for index, item in enumerate(value) if isinstance(value, list) else [(None, value)]:
                yield from sealed_paths(inner, item, here if index is None else (*here, index))

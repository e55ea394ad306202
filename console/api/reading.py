"""What a request says: its body, the key that makes it safe to repeat, and what it knows of the thing it is about."""

import re
from typing import Any

from fastapi import Request

from console.api.problems import Unfit
from faces.fields import check_string, read_json
from faces.giving import command_id
from faces.problems import Problem

LARGEST = 1024 * 1024
"""Bytes of a body. A command holds half of it at most; JSON may need twice as many."""

DEEPEST = 40
"""Lists and objects within each other in a body: no command comes near."""

_KEY = re.compile(r'"((?:[\x20-\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"')
_TAG = re.compile(r'(W/)?"([\x21\x23-\x7e]*)"')
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def plain_parameters(request: Request) -> None:
    """Refuse control characters in an address: nothing is called so, and no database looks for them. Raises Unfit."""
    if any(_CONTROL.search(str(value)) for value in request.path_params.values()):
        raise Unfit("not-found", "there is nothing of that name.", "leave out control characters")
    for name, value in request.query_params.multi_items():
        if _CONTROL.search(name) or _CONTROL.search(value):
            raise Unfit("unfit", f"'{name}' holds control characters.", "leave them out")


async def body_of(request: Request, largest: int = LARGEST) -> bytes:
    """The body of a request. Raises Unfit for one that is too large, before it is read whole."""
    said = request.headers.get("Content-Length", "")
    found = bytearray()
    if not (said.isdigit() and int(said) > largest):
        async for chunk in request.stream():
            found += chunk
            if len(found) > largest:
                break
        else:
            return bytes(found)
    raise Unfit("too-large", f"the body is longer than {largest:,} bytes.", "send less at once")


def media_type_of(request: Request) -> str:
    """Of which kind the body says that it is, without its parameters."""
    return request.headers.get("Content-Type", "").partition(";")[0].strip().lower()


async def text_of(request: Request, media: str, largest: int) -> str:
    """The body as text of a media type. Raises Unfit."""
    if media_type_of(request) != media:
        raise Unfit("media-type", f"the body is not said to be {media}.", f"send it with Content-Type: {media}")
    raw = await body_of(request, largest)
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise Unfit("malformed", f"line {line}: this is not UTF-8 text.", "save the file as UTF-8") from None


async def json_of(request: Request) -> dict[str, Any]:
    """The body as a JSON object, its fractions as text. Raises Unfit."""
    if media_type_of(request) != "application/json":
        raise Unfit("media-type", "the body is not said to be JSON.", "send it with Content-Type: application/json")
    raw = await body_of(request)
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        raise Unfit("malformed", f"the body is not UTF-8 at byte {error.start}.", "send it as UTF-8") from None
    try:
        value = read_json("the body", text) if _depth(text) <= DEEPEST else None
    except Problem as problem:
        raise Unfit("malformed", problem.message, "send one JSON object, as RFC 8259 has it") from None
    if _depth(text) > DEEPEST:
        raise Unfit("malformed", "the body is nested too deeply.", f"{DEEPEST} levels at most are read")
    if not isinstance(value, dict):
        raise Unfit("unfit", "the body is no JSON object.", 'send {"fields": {...}}')
    return value


def _depth(text: str) -> int:
    """How deeply a JSON text is nested, at most: brackets in texts count too where they are not closed in them."""
    deepest = depth = 0
    within = escaped = False
    for char in text:
        if within:
            escaped, within = char == "\\" and not escaped, char != '"' or escaped
        elif char == '"':
            within = True
        elif char in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif char in "]}":
            depth -= 1
    return deepest


def key_of(request: Request) -> str:
    """The command's id: the Idempotency-Key, a string as structured fields have it, or bare. Raises Unfit."""
    given = request.headers.get("Idempotency-Key")
    if given is None or not given.strip():
        raise Unfit(
            "key-missing",
            "this request needs the header Idempotency-Key.",
            "make up an id for the command, such as a UUID, and send the same one whenever you ask again",
        )
    text = given.strip()
    quoted = _KEY.fullmatch(text)
    if text.startswith('"'):
        if quoted is None:
            raise Unfit("malformed", "the Idempotency-Key is no string.", 'write it as "f3a0c2b8-..."')
        text = re.sub(r"\\(.)", r"\1", quoted.group(1))
    try:
        return command_id(text)
    except Problem as problem:
        raise Unfit("malformed", f"Idempotency-Key: {problem.message}", problem.hint) from None


def etag(version: int) -> str:
    """The tag of a thing at a version."""
    return f'"{version}"'


def expected_of(request: Request, version: int) -> int | None:
    """The version that If-Match expects; the one there is where that is among several. None where nothing is expected.

    A weak tag never matches (RFC 9110, 13.1.1). Raises Unfit.
    """
    given = request.headers.get("If-Match")
    if given is None or given.strip() == "*":
        return None
    tags = _tags("If-Match", given)
    strong = [tag for weak, tag in tags if not weak]
    if str(version) in strong:
        return version
    known = next((int(tag) for tag in strong if tag.isdigit() and len(tag) < 16), None)
    if known is None:
        raise Unfit(
            "stale-version", f"it is at version {version}, and no such tag names it.", f'its tag is "{version}"'
        )
    return known


def has_it(request: Request, tag: str) -> bool:
    """Whether who asks has this already. Compared weakly (RFC 9110, 13.1.2); what can't be read is as if it were not there."""
    given = request.headers.get("If-None-Match")
    if given is None:
        return False
    return given.strip() == "*" or tag in (f'"{found}"' for _, found in _TAG.findall(given))


def _tags(header: str, given: str) -> list[tuple[str, str]]:
    parts = [part.strip() for part in given.split(",") if part.strip()]
    found = [_TAG.fullmatch(part) for part in parts]
    if not parts or any(each is None for each in found):
        raise Unfit("malformed", f"{header} holds no entity tag.", 'write it in quotation marks, such as "12"')
    return [(each.group(1) or "", each.group(2)) for each in found if each is not None]


def plain_texts(value: Any, path: str = "the body") -> None:
    """Refuse text that can't be kept, anywhere in a body. Raises Problem."""
    if isinstance(value, str):
        check_string(path, value, lines=True)
    elif isinstance(value, dict):
        for name, inner in value.items():
            check_string("a name in the body", name, lines=False)
            plain_texts(inner, name)
    elif isinstance(value, list):
        for inner in value:
            plain_texts(inner, path)

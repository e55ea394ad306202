"""What each operation says of itself in the OpenAPI document: its answer with an example, and every problem it may end in."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel

from console.api.answers import TOLD
from console.api.problems import KINDS, MEDIA_TYPE, ProblemBody

READING = (400, 401, 403, 404, 409, 422, 500, 503)
"""What any reading operation may end in."""

GIVING = (*READING, 412, 413, 415)
"""What any operation that changes something may end in besides."""

PROBLEM = "Problem"
PAGE = "Page"

_DESCRIPTIONS: Mapping[int, str] = {
    400: "The request can't be read: a header, a cursor or the body is malformed.",
    401: "Nobody is signed in.",
    403: "The role acted in may not do this, or the rules of the engagement are against it.",
    404: "There is no such thing, or it is not there for whoever asks.",
    409: "A rule refused it, or it can't be done as things stand.",
    412: "It has changed since the version that If-Match names.",
    413: "The body is too large.",
    415: "The body is of another media type.",
    422: "A parameter or a field does not fit; or the Idempotency-Key stands for another command.",
    500: "The ledger does not verify, or something failed that nobody foresaw.",
    503: "The ledger or the engine can't be reached now: Retry-After says when to ask again.",
}


def responses(
    example: Any,
    errors: tuple[int, ...] = READING,
    *,
    pages: bool = False,
    tagged: bool = False,
    body: type[BaseModel] | None = None,
    media: str = "application/json",
) -> dict[int | str, dict[str, Any]]:
    """The responses of an operation. `pages` where it answers with a page, of which `example` is a row."""
    if pages:
        shown: Any = {"items": [example], "next": None}
        schema: dict[str, Any] = reference(PAGE)
    else:
        shown, schema = example, {"type": "array" if isinstance(example, list) else "object"}
    content: dict[str, Any] = {
        media: {"schema": schema if media.endswith("json") else {"type": "string"}, "example": shown}
    }
    if media == "application/json":
        content[TOLD] = {"schema": {"type": "array", "items": {"type": "object"}}}
    done: dict[str, Any] = {"description": "Done.", "content": content}
    if body is not None:
        done["model"] = body
    found: dict[int | str, dict[str, Any]] = {200: done}
    if tagged:
        done["headers"] = {"ETag": {"description": "Its version.", "schema": {"type": "string"}}}
        found[304] = {"description": "Who asks has it already: If-None-Match names its version."}
    return found | {status: problem(status) for status in errors}


def reference(name: str) -> dict[str, str]:
    """A reference to a schema of the document."""
    return {"$ref": f"#/components/schemas/{name}"}


def problem(status: int) -> dict[str, Any]:
    """A response that is a problem."""
    kind, title = next((kind, title) for kind, (found, title) in KINDS.items() if found == status)
    said = ProblemBody(type=f"urn:turnaround:problem:{kind}", title=title, status=status, detail=_DESCRIPTIONS[status])
    found: dict[str, Any] = {
        "description": _DESCRIPTIONS[status],
        "content": {MEDIA_TYPE: {"schema": reference(PROBLEM), "example": said.model_dump(exclude_none=True)}},
    }
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        found["headers"] = {"Retry-After": {"description": "In seconds.", "schema": {"type": "integer"}}}
    return found


def body_schema(model: type[BaseModel], example: Any) -> dict[str, Any]:
    """The body that an operation takes, which it reads itself."""
    schema = model.model_json_schema(by_alias=True)
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema, "example": example}}}}


def header(name: str, description: str, example: str, *, required: bool = False) -> dict[str, Any]:
    """A header that an operation reads itself."""
    return {
        "name": name,
        "in": "header",
        "required": required,
        "description": description,
        "schema": {"type": "string", **({"minLength": 1} if required else {})},
        "example": example,
    }

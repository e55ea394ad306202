"""The answers of the faces as responses: plain data as the command line's `--json` has it, or what would be told to a person."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from fastapi import Request
from fastapi.responses import Response

from console.api.paging import Asked, Key, page
from console.api.problems import Unfit
from console.api.reading import etag, has_it
from faces.blocks import written
from faces.page import Answer, as_json, collected
from faces.problems import Problem

TOLD = "application/vnd.turnaround.told+json"
"""What is asked for, with Accept, by whoever shows the answer to a person: lines, tables and pairs."""

KIND_OF = {"role": "not-allowed", "recorder": "not-allowed", "stale-version": "stale-version"}
"""What a refusal by a rule is, where it is no plain refusal."""

TOLD_TO_A_PROGRAM = f"{TOLD};to=program"
"""The same as it is put out where a program reads."""


def answered(request: Request, answer: Answer, version: int | None = None) -> Response:
    """An answer. With a version it is tagged, and not sent again to whoever has it."""
    return _tagged(request, version, lambda: told(request, answer) or sent(answer.data))


def paged(
    request: Request, answer: Answer, key: Callable[[int, Any], Key], wanted: Asked, version: int | None = None
) -> Response:
    """A page of an answer that is a list. What is told to a person is told whole."""

    def make() -> Response:
        found = told(request, answer)
        if found is not None:
            return found
        body = page(request, answer.data, key, wanted)
        return sent(body.model_dump(), {"Link": f'<{body.next}>; rel="next"'} if body.next else {})

    return _tagged(request, version, make)


def _tagged(request: Request, version: int | None, make: Callable[[], Response]) -> Response:
    if version is None:
        return make()
    headers = {"ETag": etag(version), "Vary": "Accept, Authorization, Cookie"}
    if request.method in ("GET", "HEAD") and has_it(request, etag(version)):
        return Response(status_code=304, headers=headers)
    response = make()
    response.headers.update(headers)
    return response


def wants_told(request: Request) -> bool:
    """Whether what is asked for is how an answer is told."""
    return _accepted(request).startswith(TOLD)


def _accepted(request: Request) -> str:
    return request.headers.get("Accept", "").replace(" ", "")


def told(request: Request, answer: Answer) -> Response | None:
    """An answer as it is told, where that is asked for. Raises Problem where what is told is a refusal."""
    if not wants_told(request):
        return None
    with collected(person=_accepted(request) != TOLD_TO_A_PROGRAM) as blocks:
        answer.tell()
    return sent(written(blocks), media_type=TOLD)


def outcome_answered(request: Request, answer: Answer, headers: Mapping[str, str]) -> Response:
    """What came of a command, or would. Raises Unfit where it was refused."""
    data = answer.data
    if data["accepted"]:
        response = told(request, answer) or sent(data)
        response.headers.update(headers)
        return response
    rule = data["rule"]
    try:
        answer.tell()
    except Problem as problem:
        raise Unfit(
            KIND_OF.get(rule, "refused"),
            problem.message,
            problem.hint,
            rule,
            data["details"],
            data,
            headers=headers,
        ) from None
    raise AssertionError("a refusal is told by raising it")


def sent(
    data: Any, headers: Mapping[str, str] | None = None, status: int = 200, media_type: str = "application/json"
) -> Response:
    """Plain data: times in RFC 3339, amounts as text."""
    text = json.dumps(data, ensure_ascii=False, default=as_json)
    return Response(text.encode(errors="replace"), status, dict(headers or {}), media_type)

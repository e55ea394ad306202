"""What went wrong, as a page for whoever reads pages, and as a line of text for any other program."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.requests import Request
from fastapi.responses import PlainTextResponse, Response
from starlette.exceptions import HTTPException

from console.render import page
from faces.problems import Exit, Problem, explain
from faces.words import capital
from ledger.errors import DatabaseUnavailable, NeedsMigration, Tampered

_LOG = structlog.get_logger()

STATUS = {
    Exit.REFUSED: HTTPStatus.CONFLICT,
    Exit.USAGE: HTTPStatus.BAD_REQUEST,
    Exit.NOT_FOUND: HTTPStatus.NOT_FOUND,
    Exit.UNREACHABLE: HTTPStatus.SERVICE_UNAVAILABLE,
    Exit.NOT_VERIFIED: HTTPStatus.INTERNAL_SERVER_ERROR,
}
"""What a problem's exit code is over HTTP."""

RETRY = {"Retry-After": "30"}


@dataclass(frozen=True)
class Words:
    """What a page says of a status: its heading, a sentence and what to do."""

    heading: str
    sentence: str
    hint: str


WORDS: Mapping[int, Words] = {
    400: Words("This address can't be answered", "Something in it is not as it should be.", "Go back and try again."),
    403: Words(
        "You may not see this", "It is not for the role in which you act.", "Choose another role on your account page."
    ),
    404: Words(
        "Page not found",
        "There is nothing at this address, or nothing that is there for you.",
        "If you typed it, check it. If you followed a link, find the engagement in the portfolio.",
    ),
    405: Words("This can't be done here", "The page takes no form of that kind.", "Go back and try again."),
    409: Words("This can't be done now", "A rule refused it.", "Go back and see what has changed."),
    413: Words("That is too large", "What was sent is larger than this takes.", "Send less of it at once."),
    503: Words(
        "Sorry, the service is unavailable",
        "The ledger can't be read now. Nothing that you recorded is lost.",
        "Try again in half a minute.",
    ),
}
UNEXPECTED = Words("Sorry, there is a problem with the service", "Nobody foresaw what went wrong.", "Try again later.")


def tell_problems(app: FastAPI) -> None:
    """Have what goes wrong told as this module does."""
    app.add_exception_handler(Problem, _told)
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_exception_handler(DatabaseUnavailable, _unavailable)
    app.add_exception_handler(NeedsMigration, _unavailable)
    app.add_exception_handler(Tampered, _unexpected)  # nobody's mistake in the code: it is told, and not raised
    app.add_exception_handler(Exception, _unexpected)


def told(request: Request, problem: Problem) -> Response:
    """A problem: what went wrong, and what would be right. What it says of the command line is left out of a page."""
    status = STATUS[problem.code]
    words = WORDS.get(status, UNEXPECTED)
    hint = problem.hint if problem.hint and "turnaround " not in problem.hint else words.hint
    headers = RETRY if status == HTTPStatus.SERVICE_UNAVAILABLE else {}
    return _page(request, status, Words(words.heading, problem.message, hint), headers)


async def _told(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return told(request, error)


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return _answer(request, error.status_code, dict(error.headers or {}))


async def _malformed(request: Request, _: Exception) -> Response:
    return _answer(request, HTTPStatus.BAD_REQUEST, {})


async def _unavailable(request: Request, _: Exception) -> Response:
    return _answer(request, HTTPStatus.SERVICE_UNAVAILABLE, RETRY)


async def _unexpected(request: Request, error: Exception) -> Response:
    known = explain(error)
    if known is not None:
        return told(request, known)
    _LOG.error("a page failed", kind=type(error).__name__)
    return _answer(request, HTTPStatus.INTERNAL_SERVER_ERROR, {})


def _answer(request: Request, status: int, headers: Mapping[str, str]) -> Response:
    if "text/html" not in request.headers.get("Accept", ""):
        return PlainTextResponse(f"{HTTPStatus(status).phrase.lower()}\n", status, headers=dict(headers))
    return _page(request, status, WORDS.get(status, UNEXPECTED), headers)


def _page(request: Request, status: int, words: Words, headers: Mapping[str, str]) -> Response:
    answer = page(
        request,
        "problem.html",
        status,
        heading=words.heading,
        sentence=capital(words.sentence),
        hint=capital(words.hint) + ("" if words.hint.endswith((".", "?")) else "."),
    )
    answer.headers.update(headers)
    return answer

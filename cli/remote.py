"""The command line where the ledger is elsewhere: it asks the HTTP API of TURNAROUND_SERVER, with the same output and codes."""

import tomllib
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import typer
from pydantic import ValidationError

from cli.output import Terminal, emit_json, emit_json_line, terminal
from faces import blocks
from faces.page import Block
from faces.problems import Exit, Problem, one_line, usage
from workers.settings import Settings

if TYPE_CHECKING:
    import httpx

PATH = "/api/v1"
TOLD = "application/vnd.turnaround.told+json"

PATIENCE = 60.0
"""Seconds for an answer: the server itself waits a third of it for the engine."""

Given = Mapping[str, Any]
"""What was typed after a command, by the names of its parameters."""

CODES: Mapping[int, Exit] = {
    400: Exit.USAGE,
    401: Exit.REFUSED,
    403: Exit.REFUSED,
    404: Exit.NOT_FOUND,
    409: Exit.REFUSED,
    412: Exit.REFUSED,
    413: Exit.USAGE,
    415: Exit.USAGE,
    422: Exit.USAGE,
    500: Exit.NOT_VERIFIED,
}
"""What a status of the API is as an exit code; a service that can't be reached otherwise."""


def path(*parts: str) -> str:
    """A path under the API, its parts as names."""
    return "".join(f"/{quote(part, safe='@')}" for part in parts)


@dataclass(frozen=True)
class Server:
    """The API of another machine, asked with a token."""

    http: "httpx.Client"

    def send(self, method: str, where: str, **rest: Any) -> "httpx.Response":
        """Send a request. Raises Problem where it can't be sent, or ends in anything but an answer."""
        import httpx

        try:
            response = self.http.request(method, where if where.startswith(PATH) else PATH + where, **rest)
        except httpx.HTTPError as error:
            said = one_line(str(error)) or type(error).__name__
            raise Problem(
                Exit.UNREACHABLE, f"{self.http.base_url} can't be reached: {said}.", "see TURNAROUND_SERVER"
            ) from None
        if response.status_code >= 300:
            raise problem_in(response)
        return response

    def data(self, where: str, query: Mapping[str, Any] | None = None) -> Any:
        """What is answered, as plain data: of a list all its pages."""
        found = self.send("GET", where, params=_given(query)).json()
        if not (isinstance(found, dict) and found.keys() == {"items", "next"}):
            return found
        items = found["items"]
        while found["next"] is not None:
            found = self.send("GET", found["next"]).json()
            items += found["items"]
        return items

    def show(self, where: str, query: Mapping[str, Any] | None = None, *, as_json: bool) -> None:
        """Put out what is answered: as JSON, or as it is told to a person."""
        if as_json:
            emit_json(self.data(where, query))
        else:
            self.tell(self.send("GET", where, params=_given(query), headers=told()))

    def steps(self, where: str, query: Mapping[str, Any], *, as_json: bool) -> None:
        """Put out the steps of a history: as JSON one object a line."""
        if not as_json:
            raise usage("steps come over TURNAROUND_SERVER as JSON alone.", "add --json, or ask for a day")
        for step in self.data(where, query):
            emit_json_line(step)

    def tell(self, response: "httpx.Response") -> None:
        """Put out what is told to a person."""
        for block in blocks.read(response.json()):
            self.put(block)

    def put(self, block: Block) -> None:
        """Put out a block."""
        Terminal().put(block)

    def meant(self, id: str, query: Mapping[str, Any] | None = None) -> tuple[str, str]:
        """The path of what a name means, and its family. Raises Problem."""
        found = self.data(path("names", id), query)
        return path(f"{found['family']}s", found["name"]), found["family"]


def server_of_settings() -> AbstractContextManager[Server] | None:
    """The server that the settings name; None where the ledger is on this machine, or they can't be read, which is told then."""
    try:
        settings = Settings()
    except (ValidationError, tomllib.TOMLDecodeError, OSError):
        return None
    return asking(settings) if settings.server is not None else None


@contextmanager
def asking(settings: Settings) -> Iterator[Server]:
    """The server of the settings. Raises Problem where there is no token for it."""
    import httpx  # heavy: whoever reads the ledger of this machine does not wait for it

    if settings.token is None:
        raise usage("TURNAROUND_SERVER needs TURNAROUND_TOKEN as well.", "whoever runs the server makes tokens")
    headers = {"Authorization": f"Bearer {settings.token.get_secret_value()}"}
    assert settings.server is not None, "a server is set"
    with httpx.Client(base_url=settings.server, headers=headers, timeout=PATIENCE) as client:
        yield Server(client)


def told() -> dict[str, str]:
    """What is asked for where a person reads standard output, or a program does."""
    return {"Accept": TOLD if terminal() else f"{TOLD};to=program"}


def _given(query: Mapping[str, Any] | None) -> dict[str, Any]:
    return {name: _text(value) for name, value in (query or {}).items() if value is not None and value is not False}


def _text(value: Any) -> Any:
    return "true" if value is True else value


def problem_in(response: "httpx.Response") -> Problem:
    """What went wrong, as the server says it."""
    code = CODES.get(response.status_code, Exit.UNREACHABLE)
    try:
        body = response.json()
        detail, hint = str(body["detail"]), body.get("hint")
    except (ValueError, KeyError, TypeError):
        detail = f"the server answered {response.status_code} {response.reason_phrase}".rstrip() + "."
        return Problem(code, detail, "see TURNAROUND_SERVER: is it a turnaround's address?")
    if body.get("type") == "urn:turnaround:problem:failed":
        code = Exit.UNREACHABLE
    return Refused(code, detail, str(hint) if hint else None, body.get("outcome"))


class Refused(Problem):
    """A problem, with the refusal as it is on record where there is one."""

    def __init__(self, code: Exit, message: str, hint: str | None, outcome: Any) -> None:
        super().__init__(code, message, hint)
        self.outcome = outcome


def refused_as_json(refused: Refused) -> typer.Exit:
    """Put out a refusal that is on record as JSON, and the end of the command. Raises the problem where there is none."""
    if refused.outcome is None:
        raise refused
    emit_json(refused.outcome)
    return typer.Exit(refused.code)

"""What goes wrong, as RFC 9457 has it: `application/problem+json`, a stable type for each kind and for each rule.

What the faces say for the command line is said here for whoever sends requests: options are named as parameters, and a hint
that only helps at a terminal is left out.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from fastapi.responses import Response
from pydantic import BaseModel, Field

from faces.page import as_json, clean
from faces.problems import Exit, Problem

MEDIA_TYPE = "application/problem+json"

KINDS: Mapping[str, tuple[int, str]] = {
    "malformed": (400, "The request can't be read"),
    "key-missing": (400, "An Idempotency-Key is wanted"),
    "not-signed-in": (401, "Nobody is signed in"),
    "not-allowed": (403, "This is not for the role acted in"),
    "forged": (403, "The request does not carry the token of its session"),
    "not-found": (404, "There is no such thing"),
    "method-not-allowed": (405, "This can't be done there"),
    "in-progress": (409, "The command is being carried out"),
    "refused": (409, "It was refused"),
    "stale-version": (412, "It has changed meanwhile"),
    "too-large": (413, "The request is too large"),
    "media-type": (415, "The body is of another kind"),
    "unfit": (422, "What was sent does not fit"),
    "key-reused": (422, "The key stands for another command"),
    "does-not-verify": (500, "The ledger does not verify"),
    "failed": (500, "It failed for a reason that nobody foresaw"),
    "unavailable": (503, "It can't be done now"),
}
"""The kinds of problems that no rule of the domain makes: status and title. Their type is `urn:turnaround:problem:KIND`."""

RETRY_AFTER = 5
"""Seconds after which what can't be done now may be asked for again."""


class ProblemBody(BaseModel):
    """A problem (RFC 9457). `rule` is there where a rule of the domain refused, `outcome` where that is on record."""

    type: str = Field(description="Which problem: `urn:turnaround:problem:KIND` or `urn:turnaround:rule:RULE`.")
    title: str
    status: int
    detail: str = Field(description="What went wrong, in a sentence.")
    hint: str | None = Field(default=None, description="What would be right.")
    rule: str | None = Field(default=None, description="The rule that refused.")
    details: dict[str, Any] | None = Field(default=None, description="What the rule says, as data.")
    outcome: dict[str, Any] | None = Field(
        default=None, description="The refusal as it is on record, with its receipt."
    )


@dataclass
class Unfit(Exception):
    """A request that can't be done as it was sent, or a command that was refused."""

    kind: str
    detail: str
    hint: str | None = None
    rule: str | None = None
    details: Mapping[str, Any] | None = None
    outcome: Mapping[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def response(self) -> Response:
        """This as a response."""
        status, title = KINDS[self.kind]
        named = (
            self.rule if self.rule is not None and self.kind in ("refused", "not-allowed", "stale-version") else None
        )
        body = {
            "type": f"urn:turnaround:rule:{named}" if named else f"urn:turnaround:problem:{self.kind}",
            "title": title,
            "status": status,
            "detail": _plain(for_requests(self.detail) or self.detail),
            "hint": _plain(for_requests(self.hint)),
            "rule": self.rule,
            "details": self.details,
            "outcome": self.outcome,
        }
        kept = {name: value for name, value in body.items() if value is not None}
        headers = {"Retry-After": str(RETRY_AFTER)} if status == HTTPStatus.SERVICE_UNAVAILABLE else {}
        text = json.dumps(kept, ensure_ascii=True, default=as_json)  # a lone surrogate has no other form
        return Response(text, status, {**headers, **self.headers}, MEDIA_TYPE)


def of_problem(problem: Problem) -> Unfit:
    """A problem of the faces as one of a request."""
    kind = {
        Exit.REFUSED: "refused",
        Exit.USAGE: "unfit",
        Exit.NOT_FOUND: "not-found",
        Exit.UNREACHABLE: "unavailable",
        Exit.NOT_VERIFIED: "does-not-verify",
        Exit.DONE: "failed",
    }[problem.code]
    return Unfit(kind, problem.message, problem.hint)


def _plain(text: str | None) -> str | None:
    return None if text is None else clean(text)


# Words for a terminal, said for requests

_PLACES = (
    (r"`?turnaround portfolio --all`?", "GET /api/v1/engagements?which=all"),
    (r"`?turnaround portfolio`?", "GET /api/v1/engagements"),
    (r"`turnaround people add`", "the command register-person"),
    (r"`turnaround people contact`", "the command change-contact"),
    (r"`turnaround people`", "GET /api/v1/people"),
    (r"`turnaround lifecycle (?:list|show)`", "GET /api/v1/lifecycles"),
    (r"`turnaround lifecycle publish`", "the command publish-lifecycle"),
    (r"`turnaround do --commands`", "GET /api/v1/command-types"),
    (r"a command's id stands in `turnaround do --json`", "a command's id is its Idempotency-Key"),
    (r"`turnaround show(?: ([\w.-]+))?`", "its own page"),
    (r"`turnaround timeline ID --since (\w+)`", r"GET .../timeline?since=\1"),
    (r"`turnaround timeline(?: ID)?`", "GET .../timeline"),
    (r"--id ([\w.:@-]+)", r"Idempotency-Key: \1"),
    (r"leave --id out", "take another Idempotency-Key"),
    (r"--recorded-by", "recorded_by"),
    (r"--([a-z]+)(-[a-z]+)*", lambda found: found.group()[2:].replace("-", "_")),
)
_TERMINAL = re.compile(r"\bturnaround (?!is\b|failed\b)[a-z]|TURNAROUND_")


def for_requests(text: str | None) -> str | None:
    """A sentence for whoever sends requests; None where it only helps at a terminal."""
    for typed, sent in _PLACES:
        text = re.sub(typed, sent, text) if text else text
    return None if text is None or _TERMINAL.search(text) else text

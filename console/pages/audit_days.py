"""An engagement, a council or the programme on a day: so on one day, known on another; then and now; two moments."""

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import Request
from sqlalchemy import Connection

from console.made import Made
from console.render import Captioned, tables_of
from faces.comparing import NOW, compared
from faces.desk import Desk, Target
from faces.page import Answer, Block, Line, collected
from faces.problems import Exit, Problem
from faces.readers import note_read
from faces.reading import where_stands
from faces.replay import PROGRAMME, on_a_day
from faces.replay_days import Asked, asked
from faces.replay_programme import programme
from faces.words import capital

NAMES = {"--true-on": "So on", "--known-on": "Known on", "--as-reported": "As reported"}
"""What the options of the command line are called in the form."""

FIELDS = ("true-on", "known-on", "as-reported")


@dataclass(frozen=True)
class Typed:
    """The two days as they stand in an address; `suffix` tells one moment from another."""

    true_on: str
    known_on: str
    as_reported: bool
    suffix: str = ""

    @classmethod
    def of(cls, request: Request, suffix: str = "") -> "Typed":
        """What an address says."""
        true_on, known_on, reported = (request.query_params.get(name + suffix, "").strip() for name in FIELDS)
        return cls(true_on, known_on, reported == "yes", suffix)

    @property
    def any(self) -> bool:
        """Whether a day was given."""
        return bool(self.true_on or self.known_on)

    def read(self, desk: Desk) -> Asked:
        """What is asked for. Raises Problem."""
        if not self.any:
            return NOW
        return asked(desk, self.true_on or None, self.known_on or None, None, as_reported=self.as_reported)


def sentences(problem: Problem) -> str:
    """What is wrong and what would be right, in sentences."""
    return f"{problem.message} {capital(problem.hint or '')}".strip()


def in_the_form(problem: Problem, suffix: str = "") -> dict[str, str]:
    """What is wrong with a day, linked to its field. Raises the problem itself where it is of something else."""
    option = next((name for name in NAMES if problem.message.startswith(name)), None)
    if problem.code != Exit.USAGE or option is None:
        raise problem
    text = sentences(problem).removeprefix(f"{option}: ")
    for name, title in NAMES.items():
        text = text.replace(name, f"“{title}”")
    return {"text": text, "href": f"#{option.removeprefix('--')}{suffix}"}


@dataclass(frozen=True)
class OnDays:
    """What a page tells of a moment: in a sentence when it is, the state then, and what differs now."""

    meaning: str | None
    then: Sequence[Block]
    now: Sequence[Block]

    def tables(self, title: str) -> list[Captioned]:
        """Its tables, for whoever wants them as a file."""
        return [*tables_of(self.then, title), *tables_of(self.now, "Then and now")]


def on_days(desk: Desk, conn: Connection, made: Made, target: Target, typed: Typed, auditor: str | None) -> OnDays:
    """How an engagement or a council stood on the days; how it stands where none is given. Raises Problem."""
    wanted = typed.read(desk)
    if not typed.any:
        return OnDays(None, blocks_of(where_stands(desk, conn, target.stream, auditor)), ())
    rules = desk.engagement(conn, target.name)[1] if target.family == "engagement" else None
    note_read(desk, target.name, "replay", auditor)

    def then() -> Answer:
        return on_a_day(desk, conn, target, wanted, rules, desk.words(conn, rules))

    found = made.told(desk, conn, (target, wanted), then)
    now = made.told(desk, conn, (target, wanted, NOW), lambda: compared(desk, conn, target.stream, wanted, NOW))
    return _then(wanted, desk, found, now)


def programme_on_days(desk: Desk, conn: Connection, made: Made, typed: Typed, auditor: str | None) -> OnDays:
    """How the whole programme stood on the days, or stands. Raises Problem."""
    wanted = typed.read(desk)
    note_read(desk, PROGRAMME, "replay", auditor)
    found = made.told(desk, conn, wanted, lambda: programme(desk, conn, wanted))
    return _then(wanted, desk, found, ()) if typed.any else OnDays(None, found, ())


def _then(wanted: Asked, desk: Desk, then: Sequence[Block], now: Sequence[Block]) -> OnDays:
    """What stands above everything else is not told twice."""
    meaning = wanted.meaning(desk.today)
    return OnDays(meaning, [block for block in then if not (isinstance(block, Line) and block.text == meaning)], now)


def blocks_of(answer: Answer) -> list[Block]:
    """What an answer says, as blocks."""
    with collected() as blocks:
        answer.tell()
    return blocks

"""The directory of people, wherever it is: on this machine, or on that of TURNAROUND_SERVER. The commands about it find it here."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from cli.doing import carry_out
from cli.remote import server_of_settings
from cli.remote_office import Elsewhere
from domain.actors import OFFICE_ROLE, Actor
from domain.dates import When
from domain.part import Command
from faces.desk import Target, open_desk
from faces.fields import check_body
from faces.giving import actor, command_id, occurred
from faces.outcome import Given
from faces.people import Office, in_full
from faces.webhooks import address_taken

PEOPLE = Target("office", "people")


@dataclass(frozen=True)
class Here:
    """The directory of this machine's ledger, read over a connection that is let go of before something is done."""

    office: Office
    reading: ExitStack

    def person(self, id: str) -> str:
        """The id of somebody in the directory. Raises Problem."""
        return self.office.person(id)

    def role(self, name: str) -> str:
        """A role of a published lifecycle. Raises Problem."""
        return self.office.role(name)

    def council(self, name: str | None) -> str | None:
        """The code of a council. Raises Problem."""
        return self.office.council(name)

    def engagement(self, id: str | None) -> str | None:
        """The id of an engagement. Raises Problem."""
        return self.office.engagement(id)

    def absences(self, person: str) -> list[dict[str, Any]]:
        """Somebody's absences that are not over. Raises Problem."""
        found = in_full(self.office, self.office.directory.people[self.person(person)])["absences"]
        over = {each.number for each in self.office.directory.absences if each.span.done_by(self.office.desk.today)}
        return [each for each in found if each["absence"] not in over]

    def carry_out(
        self, kind: type[Command], body: Mapping[str, Any], who: Actor, on: str | None, id: str | None, *, as_json: bool
    ) -> None:
        """Give a command and say what came of it. Raises Problem."""
        desk, words = self.office.desk, self.office.words
        address_taken(body.get("webhook"), desk.settings.webhook_allow)
        command = Given(command_id(id), PEOPLE, kind, who, who, occurred(on, desk), body, None)
        self.reading.close()
        carry_out(desk, command, words, again=id is not None, as_json=as_json)


Directory = Here | Elsewhere


@contextmanager
def reading_the_office() -> Iterator[Here]:
    """The directory of this machine's ledger, open."""
    with open_desk() as desk, ExitStack() as reading:
        conn = reading.enter_context(desk.ledger.reading())
        yield Here(Office.at(desk, conn), reading)


@contextmanager
def at_the_office() -> Iterator[Directory]:
    """The directory, open: that of TURNAROUND_SERVER where there is one."""
    server = server_of_settings()
    if server is None:
        with reading_the_office() as here:
            yield here
    else:
        with server as asked:
            yield Elsewhere(asked)


def give(
    office: Directory,
    kind: type[Command],
    body: Mapping[str, Any],
    by: str | None,
    on: str | None,
    id: str | None,
    as_json: bool,
    role: str = OFFICE_ROLE,
) -> None:
    """Give the directory a command, with what of its fields is given, and say what came of it."""
    given = {name: str(value) if isinstance(value, When) else value for name, value in body.items() if value}
    check_body(kind, given)
    office.carry_out(kind, given, actor(role, by), on, id, as_json=as_json)

"""The directory of people on another machine, as the commands about it find it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cli.remote import Server, path
from cli.remote_sending import send
from domain.actors import Actor
from domain.part import Command
from faces.giving import command_id
from faces.problems import not_found, usage

AT = path("office", "people")


@dataclass(frozen=True)
class Elsewhere:
    """The directory of a server. What is typed is checked there."""

    server: Server

    def person(self, id: str) -> str:
        """The id of somebody in the directory. Raises Problem."""
        if not any(row["person"] == id for row in self.server.data("/people")):
            raise not_found(f"there is nobody '{id[:60]}' in the directory.", "`turnaround people` lists them")
        return id

    def role(self, name: str) -> str:
        """A role of a published lifecycle. Raises Problem."""
        self.server.data(path("roles", name) + "/holders")
        return name

    def council(self, name: str | None) -> str | None:
        """The code of a council. Raises Problem."""
        return self._meant(name, "council")

    def engagement(self, id: str | None) -> str | None:
        """The id of an engagement. Raises Problem."""
        return self._meant(id, "engagement")

    def _meant(self, name: str | None, family: str) -> str | None:
        if name is None:
            return None
        found = self.server.data(path("names", name))
        if found["family"] != family:
            raise usage(f"'{name[:60]}' is no {family}.", f"it is the {found['family']} {found['name']}")
        return str(found["name"])

    def absences(self, person: str) -> list[dict[str, Any]]:
        """Somebody's absences that are not over. Raises Problem."""
        self.person(person)
        return next(row["absences"] for row in self.server.data("/people") if row["person"] == person)

    def carry_out(
        self, kind: type[Command], body: Mapping[str, Any], who: Actor, on: str | None, id: str | None, *, as_json: bool
    ) -> None:
        """Give a command and say what came of it. Raises Problem."""
        sent = {"fields": body, "as": str(who), "by": who.person, "on": on}
        send(self.server, AT, kind.type, sent, command_id(id), as_json=as_json)

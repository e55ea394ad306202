"""Who is signed in: a person, the roles they hold and where, and the one they act in now."""

from dataclasses import dataclass

from fastapi import Request

from domain.actors import Actor

MACHINE = "token:"
"""How the way in which a machine signed in begins."""


@dataclass(frozen=True)
class Holding:
    """A role that somebody holds: in one engagement, in one council, or, with neither, everywhere."""

    role: str
    council: str | None = None
    engagement: str | None = None


@dataclass(frozen=True)
class Who:
    """Somebody who is signed in. `person` is their id in the directory, None for the local user of `turnaround up`;
    `role` is the one they act in, empty until it is chosen; `signed_in` is how the ledger says that they signed in.
    """

    person: str | None
    name: str
    role: str
    holdings: tuple[Holding, ...]
    signed_in: str
    session: str | None = None

    @property
    def actor(self) -> Actor:
        """Who it is as commands name them."""
        return Actor.parse(self.role).model_copy(update={"person": self.person})

    @property
    def local(self) -> bool:
        """Whether it is the local user, who may choose any role."""
        return self.signed_in == "local"

    @property
    def machine(self) -> bool:
        """Whether it is a program with a service token: whose hands that is in, nobody knows."""
        return self.signed_in.startswith(MACHINE)

    @property
    def subject(self) -> str:
        """Who it is, whichever role they act in: how they signed in, and as whom."""
        return f"{self.signed_in} {self.person or ''}"

    @property
    def roles(self) -> tuple[str, ...]:
        """The roles they hold, each once."""
        return tuple(dict.fromkeys(held.role for held in self.holdings))


class NotSignedIn(Exception):
    """Nobody is signed in, and what was asked for is not for everybody."""


class NoRole(Exception):
    """Somebody is signed in and acts in no role: they hold none, or have several and chose none yet."""


def signed_in(request: Request) -> Who:
    """Who is signed in, in a role or not. Raises NotSignedIn."""
    found: Who | None = getattr(request.state, "who", None)
    if found is None:
        raise NotSignedIn
    return found


def who(request: Request) -> Who:
    """Who is signed in and acts in a role. Raises NotSignedIn, NoRole."""
    found = signed_in(request)
    if not found.role:
        raise NoRole
    return found

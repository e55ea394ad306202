"""Who is signed in: a person, the roles they hold and where, and the one they act in now."""

from dataclasses import dataclass

from fastapi import Request

from domain.actors import Actor


@dataclass(frozen=True)
class Holding:
    """A role that somebody holds: in one engagement, in one council, or, with neither, everywhere."""

    role: str
    council: str | None = None
    engagement: str | None = None


@dataclass(frozen=True)
class Who:
    """Somebody who is signed in. `person` is their id in the directory, None for the local user of `turnaround up`;
    `role` is the one they act in; `signed_in` is how the ledger says that they signed in.
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


class NotSignedIn(Exception):
    """Nobody is signed in, and what was asked for is not for everybody."""


def who(request: Request) -> Who:
    """Who is signed in. Raises NotSignedIn."""
    found: Who | None = getattr(request.state, "who", None)
    if found is None:
        raise NotSignedIn
    return found

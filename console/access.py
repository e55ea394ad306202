"""Who may do what: the written matrix of groups of endpoints and roles, held to on every route.

`may(group)` stands on each route and gives who asks. Where the matrix says `own`, what is read is limited by `site.desk`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Any

from fastapi import Depends, FastAPI, Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.routing import Mount

from console.who import Who, signed_in, who
from domain.admission import Rule
from domain.directory import SetPreference
from domain.documents import parse
from domain.permissions import Matrix, Reach, Scope
from faces.outcome import Given


@cache
def matrix() -> Matrix:
    """The written matrix of access."""
    text = (files("domain") / "permissions.yaml").read_text(encoding="utf-8")
    return Matrix.model_validate(parse("permissions.yaml", text).value)


def reach(group: str, role: str) -> Reach:
    """How far a role reaches in a group of endpoints."""
    return matrix().reach(group, role)


def scope_of(reader: Who) -> Scope:
    """Where somebody reaches in the role that they act in."""
    return Scope.of(reach("engagement", reader.role), reader.role, reader.holdings)


class Denied(Exception):
    """Somebody may not do something: which group of endpoints, by which rule, and what it was about where that is known."""

    def __init__(self, by: Who, group: str, rule: Rule, what: str | None = None) -> None:
        super().__init__(group, rule)
        self.by, self.group, self.rule, self.what = by, group, rule, what


@dataclass(frozen=True)
class Guard:
    """What stands on a route: its group in the matrix, None for what is open to everybody."""

    group: str | None

    def __call__(self, request: Request) -> Who | None:
        """Who asks, who may. Raises NotSignedIn, NoRole, Denied."""
        if self.group is None:
            return None
        asks = signed_in(request) if self.group == ACCOUNT else who(request)
        if asks.role and reach(self.group, asks.role) == "none":
            raise Denied(asks, self.group, "role")
        return asks


ACCOUNT = "account"
"""The group that needs no role, as roles are chosen there."""


def may(group: str) -> Guard:
    """What a route depends on, and gives it who asks: `reader: Annotated[Who, Depends(may("portfolio"))]`."""
    assert group in matrix().groups, group
    return Guard(group)


public: Any = Depends(Guard(None))
"""What a route depends on that is open to everybody."""


@dataclass(frozen=True)
class Endpoint:
    """A route as it is served: its path, its methods, and the groups of the guards that stand on it.

    None of them says that nobody has thought of who may use it; None among them is for everybody.
    """

    path: str
    methods: frozenset[str]
    groups: frozenset[str | None]


def endpoints(app: FastAPI) -> Iterator[Endpoint]:
    """Every route of an application, those of routers that it includes and of applications in it too."""
    for route in iter_route_contexts(app.routes):
        match route.original_route:
            case APIRoute():
                yield Endpoint(route.path or "", frozenset(route.methods or ()), frozenset(_groups(route.dependant)))
            case Mount(path=before, app=FastAPI() as inner):
                yield from (replace(one, path=before + one.path) for one in endpoints(inner))


class Unguarded(Exception):
    """A route has no group of the matrix, so that anybody could use it: nothing is served."""


def all_guarded(app: FastAPI) -> None:
    """That somebody has thought of who may use each route. Raises Unguarded."""
    for one in endpoints(app):
        if not one.groups:
            raise Unguarded(one.path)


def _groups(dependant: Dependant) -> Iterator[str | None]:
    for one in dependant.dependencies:
        if isinstance(one.call, Guard):
            yield one.call.group
        yield from _groups(one)


FAMILIES = {"engagement": "give", "council": "give-council", "office": "administer"}
"""The group of the commands to each family of targets."""


def _of_oneself(given: Given, by: Who) -> bool:
    """Whether somebody says how they themselves want to be told. On this machine they say who they are, too."""
    person = given.body.get("person")
    return (
        given.kind is SetPreference and person is not None and person == (given.decided_by if by.local else by).person
    )


def given_by(given: Given, by: Who, first: Who | None = None) -> Given:
    """A command with whoever is signed in as the one who records it. Raises Denied where it names somebody else than them,
    or than who checked it `first`, where they are its second person.

    What they decide is their own, in the role that they act in; what others decide who do not sign in, they record: whether
    their role may, the lifecycle says, and its refusal goes on record like any other.
    """
    group = ACCOUNT if _of_oneself(given, by) else FAMILIES[given.target.family]
    if reach(group, by.role) == "none":
        raise Denied(by, group, "role")
    if str(given.recorded_by) != by.role:
        raise Denied(by, group, "another-recorder", given.target.name)
    if by.local:  # whoever uses this machine may name anybody: it is a claim, and the ledger says so
        return given
    own = str(given.decided_by) == by.role
    if first is not None and given.decided_by == first.actor:
        return replace(given, recorded_by=by.actor)
    if own and given.decided_by.person not in (None, by.person):
        raise Denied(by, group, "another-role", given.target.name)
    return replace(given, recorded_by=by.actor, decided_by=by.actor if own else given.decided_by)

"""In which role somebody asks: the one they act in, or another that they hold, named with `as`."""

from dataclasses import replace
from typing import Annotated

from fastapi import Query, Request

from console.api.problems import Unfit
from console.who import Who

LONGEST = 200


def acting(
    request: Request,
    role: Annotated[
        str | None, Query(alias="as", max_length=LONGEST, description="The role in which you ask, one that you hold.")
    ] = None,
) -> None:
    """Have the rest of the request act in the role that `as` names. Raises Unfit for one that is not held."""
    found: Who | None = getattr(request.state, "who", None)
    if role is None or found is None:
        return
    request.state.who = as_role(found, role)


def as_role(who: Who, role: str) -> Who:
    """Somebody in another of the roles they hold; the local user in any. Raises Unfit."""
    if role == who.role:
        return who
    if not (who.local or role in who.roles):
        raise Unfit("not-allowed", f"you do not hold the role {role}.", f"you hold {', '.join(who.roles) or 'none'}")
    held = tuple(replace(one, role=role) for one in who.holdings) if who.local else who.holdings
    return replace(who, role=role, holdings=held)

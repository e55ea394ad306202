"""The written matrix of access: how far each kind of role reaches in each group of endpoints. The data are permissions.yaml.

Access is role and membership: the matrix says for a role whether it reaches nothing, its own or everything, and what is
somebody's own is `Scope`. A confidential engagement is there for its roles alone besides (`domain.access`).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, Protocol, Self

from pydantic import BaseModel, ConfigDict, model_validator

Reach = Literal["none", "own", "all"]


class Held(Protocol):
    """A role that somebody holds: in one council, in one engagement, or, with neither, everywhere."""

    @property
    def role(self) -> str:
        """The role."""

    @property
    def council(self) -> str | None:
        """The council by its GSS code."""

    @property
    def engagement(self) -> str | None:
        """The engagement by its id."""


class Matrix(BaseModel):
    """Kinds of roles, groups of endpoints, and for each of both how far it reaches."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kinds: dict[str, tuple[str, ...]]
    otherwise: str
    groups: dict[str, str]
    matrix: dict[str, dict[str, Reach]]

    @model_validator(mode="after")
    def _whole(self) -> Self:
        every = {*self.kinds, self.otherwise}
        if self.matrix.keys() != self.groups.keys() or any(row.keys() != every for row in self.matrix.values()):
            raise ValueError("every group needs a line in the matrix, and every line a word for each kind")
        return self

    def kind(self, role: str) -> str:
        """The kind of a role: the one that names it, or else the one that its party is of."""
        for name in (role, role.partition(".")[0]):
            found = next((kind for kind, named in self.kinds.items() if name in named), None)
            if found is not None:
                return found
        return self.otherwise

    def reach(self, group: str, role: str) -> Reach:
        """How far a role reaches in a group of endpoints."""
        return self.matrix[group][self.kind(role)]


@dataclass(frozen=True)
class Scope:
    """Where somebody reaches: `councils` with all their engagements, and `engagements`. `everywhere` has no limit."""

    everywhere: bool = True
    councils: frozenset[str] = frozenset()
    engagements: frozenset[str] = frozenset()

    @classmethod
    def of(cls, reach: Reach, role: str, held: Iterable[Held]) -> Self:
        """What a role reaches by the holdings of it. Whoever holds it everywhere has everything as their own."""
        mine = [one for one in held if one.role == role]
        unbounded = any(one.council is None and one.engagement is None for one in mine)
        if reach == "all" or (reach == "own" and unbounded):
            return cls()
        if reach == "none":
            return cls(everywhere=False)
        councils = frozenset(one.council for one in mine if one.council is not None)
        return cls(False, councils, frozenset(one.engagement for one in mine if one.engagement is not None))

    def has(self, council: str, engagement: str | None = None) -> bool:
        """Whether a council, or an engagement in it, is within reach."""
        return self.everywhere or council in self.councils or engagement in self.engagements

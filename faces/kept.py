"""What was drawn of engagements and councils, kept until they go on: one event more costs the drawing of one, not of all."""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from ledger.newest import Newest

T = TypeVar("T")


class Kept:
    """Answers to the `most` questions asked last: of each what was drawn by name, and how that stood then.

    Whoever asks says in the question whatever else the answer rests on, and who reads where that changes what is drawn.
    """

    def __init__(self, most: int = 40) -> None:
        self._questions = Newest[Hashable, dict[str, tuple[Hashable, Any]]](most)

    def each(
        self,
        question: Hashable,
        standing: Mapping[str, Hashable],
        draw: Callable[[Sequence[str]], Iterable[tuple[str, T]]],
    ) -> dict[str, T]:
        """What is drawn of each name, in their order, where `standing` says how they stand, such as their versions.

        `draw` is asked for those alone that stand otherwise than when they were drawn. Raises what it raises.
        """
        found = self._questions.get(question, {})
        self._questions.put(question, found)
        known: dict[str, tuple[Hashable, T]] = {name: found[name] for name in standing if name in found}
        stale = [name for name, now in standing.items() if name not in known or known[name][0] != now]
        fresh = {name: (standing[name], drawn) for name, drawn in draw(stale)} if stale else {}
        found.update(fresh)
        known.update(fresh)
        return {name: known[name][1] for name in standing}

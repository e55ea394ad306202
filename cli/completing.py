"""Shell completion: ids, commands, roles and stages, from the read models and the shipped lifecycles.

It starts nothing and says nothing: where something is not there, nothing is offered.
"""

from collections.abc import Callable, Iterable


def _quietly(found: Callable[[], Iterable[str]], begun: str) -> list[str]:
    try:
        return [name for name in found() if name.lower().startswith(begun.lower())]
    except Exception:  # whatever is wrong, a shell that completes is no place to say so
        return []


def _rows() -> list[tuple[str, str, str, str | None, str]]:
    from faces.desk import open_desk

    with open_desk() as desk, desk.ledger.reading() as conn:
        return [(r.id, r.stage, r.model, r.region, r.council_name) for r in desk.portfolio(conn)]


def complete_id(incomplete: str) -> list[str]:
    """Ids of engagements."""
    return _quietly(lambda: (row[0] for row in _rows()), incomplete)


def complete_stage(incomplete: str) -> list[str]:
    """Stages in which an engagement is."""
    return _quietly(lambda: sorted({row[1] for row in _rows()}), incomplete)


def complete_model(incomplete: str) -> list[str]:
    """Models of the engagements."""
    return _quietly(lambda: sorted({row[2] for row in _rows()}), incomplete)


def complete_region(incomplete: str) -> list[str]:
    """Regions in which there is an engagement."""
    return _quietly(lambda: sorted({row[3] for row in _rows() if row[3]}), incomplete)


def complete_command(incomplete: str) -> list[str]:
    """Commands that people give."""

    def names() -> Iterable[str]:
        from domain import council, engagement

        both = (*engagement.COMMANDS.values(), *council.COMMANDS.values())
        return sorted({command.type for command in both if not command.derived})

    return _quietly(names, incomplete)


def complete_role(incomplete: str) -> list[str]:
    """Roles of the shipped lifecycles."""

    def names() -> Iterable[str]:
        from activities.library import shipped_documents

        documents = (document.value for kind, document in shipped_documents() if kind == "lifecycle")
        return sorted({role for document in documents for role in document["roles"]})

    return _quietly(names, incomplete)

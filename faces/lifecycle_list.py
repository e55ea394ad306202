"""`turnaround lifecycle`: the lifecycles there are, one of them in words, and what one has that another has not."""

from typing import Any

from sqlalchemy import Connection

from domain.lifecycle import Lifecycle
from domain.lifecycle_diff import differences
from faces import dates
from faces.desk import Desk
from faces.lifecycle_changes import told
from faces.lifecycles import Source, published, shipped
from faces.page import Answer, note, pairs, say, table
from faces.words import Words, thing
from workers.lifecycle_graph import in_words


def lifecycles(desk: Desk | None, conn: Connection | None) -> Answer:
    """The lifecycles that are published, and those of this release that are not yet. Without a ledger, the latter alone."""
    out = published(conn)
    rows = [row for row in desk.portfolio(conn) if row.closed is None] if desk and conn is not None else []
    known = {life.ref: life for life in desk.library.every()} if desk else {}
    found = []
    for ref, (source, event) in out.items():
        life = known.get(ref) or source.read()
        count = sum(row.model == ref for row in rows)
        found.append(_listed(life, "published", event.recorded_at.date().isoformat(), count))
    for ref, source in shipped().items():
        if ref not in out:
            found.append(_listed(source.read(), "shipped", None, 0))

    def tell() -> None:
        table(
            ("Lifecycle", "Title", "Opened by", "Open", "Published"),
            (
                (
                    each["lifecycle"],
                    each["title"],
                    each["opened_by"],
                    str(each["open_engagements"]),
                    dates.printed(each["published"]) if each["published"] else "not yet",
                )
                for each in sorted(found, key=lambda each: (each["id"], each["version"]))
            ),
        )
        if desk is None:
            note("There is no ledger here yet: these come with the release.")

    return Answer(found, tell)


def _listed(life: Lifecycle, state: str, published: str | None, count: int) -> dict[str, Any]:
    return {
        "lifecycle": life.ref,
        "id": life.id,
        "version": life.version,
        "title": life.title,
        "state": state,
        "published": published,
        "opened_by": _opened_by(life),
        "confidential": life.confidential,
        "open_engagements": count,
    }


def _opened_by(life: Lifecycle) -> str:
    """`a rating of 0 stars in social-services; the office, for a request`."""
    said = []
    if life.starts is not None:
        stars = " or ".join(map(str, life.starts.stars))
        said.append(f"a rating of {stars} star{'' if stars == '1' else 's'} in {', '.join(life.starts.services)}")
    if life.opens is not None:
        triggers = f", for {', '.join(each.id for each in life.opens.triggers)}" if life.opens.triggers else ""
        said.append(f"the office in {', '.join(life.opens.services)}{triggers}")
    return "; ".join(said) or "nothing"


def in_full(source: Source) -> Answer:
    """A lifecycle: its stages with their gates, what is owed in them, its roles and records. Raises DocumentError."""
    life = source.read()
    return Answer(source.document.value, lambda: _print(life))


def _print(life: Lifecycle) -> None:
    pairs(
        [
            ("Lifecycle", life.ref),
            ("Title", life.title),
            ("Source", life.source),
            ("Opened by", _opened_by(life)),
            ("Calendar", life.calendar),
            *([("Confidential", "yes")] if life.confidential else []),
        ]
    )
    words = Words([life])
    for stage in life.stages:
        say()
        say(f"{stage.title} ({stage.id}), owned by {words.title_of_role(stage.owner)}", style="bold")
        rows = [("owed", rule.id, f"{rule.title}: {words.title_of_role(rule.owner)}") for rule in stage.obligations]
        rows += [("to", way.to, in_words(way.when, lambda event: thing(event, life))) for way in stage.leave]
        table(("", "", ""), rows)
    if life.exits:
        say()
        say("From every stage", style="bold")
        table(("", "", ""), (("to", way.to, in_words(way.when, lambda e: thing(e, life))) for way in life.exits))
    if life.records:
        say()
        say("Records", style="bold")
        table(
            ("Command", "Record", "Fields"),
            ((rule.command, rule.title, ", ".join(field.id for field in rule.fields)) for rule in life.records),
        )
    say()
    say("Roles", style="bold")
    table(("Role", "Title"), ((name, role.title) for name, role in life.roles.items()))


def between(desk: Desk | None, conn: Connection | None, one: Source, other: Source) -> Answer:
    """What the second of two lifecycles has that the first has not, no longer has, or says otherwise; and what is open on
    the first. Raises DocumentError.
    """
    a, b = one.read(), other.read()
    rows = desk.portfolio(conn) if desk and conn is not None else []
    on = sorted(row.id for row in rows if row.model == a.ref and row.closed is None)
    found = differences(a, b)

    def tell() -> None:
        for each in found:
            say(told(each, a, b))
        if not found:
            note(f"{a.ref} and {b.ref} say the same.")
        note(f"Open on {a.ref}: {', '.join(on)}." if on else f"No engagement is open on {a.ref}.")

    return Answer({"a": a.ref, "b": b.ref, "changes": [vars(each) for each in found], "open_on_a": on}, tell)

"""`turnaround people feed`: the private calendars there are. Their addresses are kept nowhere."""

from typing import Any

from domain.feeds import Feed
from faces import dates
from faces.listing import tell_kind
from faces.page import Answer, Cell, note, table
from faces.people import Office


def feeds_listed(office: Office) -> Answer:
    """The feeds there are, by person and number."""
    rows = [_row(feed) for feed in sorted(office.directory.feeds, key=lambda feed: (feed.person, feed.number))]

    def tell() -> None:
        if rows:
            table(
                ("Person", "Feed", "Opened", "Revoked"),
                (
                    (
                        Cell(row["person"], style="bold"),
                        str(row["feed"]),
                        Cell(dates.printed(row["opened"]), row["opened"]),
                        Cell(dates.printed(row["revoked"]), row["revoked"]) if row["revoked"] else None,
                    )
                    for row in rows
                ),
            )
        note(
            f"{dates.plural(len(rows), 'feed')}." if rows else "There is none; `turnaround people feed open` opens one."
        )
        tell_kind(office.desk)

    return Answer(rows, tell)


def _row(feed: Feed) -> dict[str, Any]:
    return {
        "person": feed.person,
        "feed": feed.number,
        "opened": str(feed.opened),
        "revoked": str(feed.revoked) if feed.revoked else None,
    }

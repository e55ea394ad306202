"""Of a dossier: who held which post, with what standing and for how long."""

from collections.abc import Iterator

from domain.core_team import CoreTeamNamed
from domain.part import Event, History
from domain.people import Holder, Post, PostHolderLeft, PostHolderRecorded, turnover
from domain.project import LeadNamed
from domain.sealed import Sealed
from faces.dossier_record import Data, OnRecord, day, listed, number, role, yes_or_no
from faces.page import Cell
from faces.words import Words


def people(record: OnRecord) -> Data | None:
    """Every post of the engagement with its holders in the order of their days, whatever the phase."""
    posts = turnover(record.history)
    if not posts:
        return None
    names = {person: name for entry in record.history.entries for person, name in _named(entry.event)}
    return {"posts": [_post(post, names, record.history) for post in posts.values()]}


def _named(event: Event) -> Iterator[tuple[str, Sealed]]:
    match event:
        case CoreTeamNamed(members=members):
            yield from ((member.person, member.name) for member in members if member.name)
        case LeadNamed(person=person, name=name) | PostHolderRecorded(person=person, name=name) if name:
            yield person, name


def _post(post: Post, names: dict[str, Sealed], history: History) -> Data:
    return {
        "post": post.post,
        "key": post.key,
        "holder": post.holder.person if post.holder else None,
        "changes": post.changes,
        "vacant_since": str(post.vacant_since) if post.vacant_since else None,
        "holders": [
            {
                "person": holder.person,
                "name": names.get(holder.person or ""),
                "standing": holder.standing,
                "since": str(holder.since) if holder.since else None,
                "until": str(holder.until) if holder.until else None,
                "left": holder.left,
                "reason": _reason(holder, post, history),
                "took_over": holder.took_over,
                "linked": list(holder.linked),
            }
            for holder in post.holders
        ],
    }


def _reason(holder: Holder, post: Post, history: History) -> Sealed | None:
    """Why somebody left, where that was said."""
    if not holder.left:
        return None
    said = (
        entry.event.reason
        for entry in history.all(PostHolderLeft)
        if entry.event.post == post.post
        and entry.event.person in (None, holder.person)
        and str(entry.occurred) == str(holder.until)
    )
    return next(said, None)


def show_people(data: Data, words: Words) -> None:
    """Turnover on the page, post by post."""
    posts = data["posts"]
    listed(
        "Posts",
        ("Post", "Holder", "Changes", "Vacant since", "Key"),
        (
            (
                role(post["post"], words),
                post["holder"] or Cell("nobody", style="bold red"),
                number(post["changes"]),
                day(post["vacant_since"]),
                yes_or_no(post["key"]),
            )
            for post in posts
        ),
    )
    listed(
        "Holders",
        ("Post", "Person", "Name", "Standing", "Took over", "From", "To", "Left", "Why", "Shared with"),
        (
            (
                role(post["post"], words),
                holder["person"] or "not known",
                holder["name"],
                holder["standing"],
                "yes" if holder["took_over"] else None,
                day(holder["since"]),
                day(holder["until"]),
                yes_or_no(holder["left"]),
                holder["reason"],
                ", ".join(holder["linked"]),
            )
            for post in posts
            for holder in post["holders"]
        ),
    )

"""What happened, in words: a title for every event, with its sealed values where they are still there.

An event is told from its stored body alone, so that one of an older release is told as well as one of this one. Each family of
events has a module of its own.
"""

from faces.said import Body, service, stars
from faces.telling import (
    access,
    agreeing,
    boards,
    council,
    course,
    deciding,
    directory,
    ending,
    franchise,
    indicators,
    intervening,
    notices,
    office,
    owing,
    participation,
    partnering,
    people,
    sector_help,
    team,
    working,
)
from faces.telling.sealed import ERASED, sealed_in, values_of
from faces.words import Words, plain

__all__ = ["ERASED", "sealed_in", "service", "stars", "title", "values_of"]

TELLERS = (
    course.tell,
    deciding.tell,
    agreeing.tell,
    people.tell,
    working.tell,
    team.tell,
    boards.tell,
    ending.tell,
    indicators.tell,
    participation.tell,
    sector_help.tell,
    franchise.tell,
    partnering.tell,
    intervening.tell,
    owing.tell,
    council.tell,
    directory.tell,
    access.tell,
    notices.tell,
    office.tell,
)


def title(event: str, body: Body, words: Words) -> str:
    """What an event says, in a few words. Sealed values are told apart: see `sealed_in`."""
    for tell in TELLERS:
        said = tell(event, body, words)
        if said is not None:
            return said
    return plain(event).capitalize()

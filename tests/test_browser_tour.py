"""docs/tour.md shows what the browser tests take: small pictures, each with words for whoever can't see it."""

import re

from tests.tour import PICTURE, TOUR, pictures_named

LARGEST = 120_000
"""Bytes of a picture."""


def test_every_picture_of_the_tour_is_there_small_and_in_words() -> None:
    text = TOUR.read_text(encoding="utf-8")
    named = pictures_named(text)
    assert len(named) == len(PICTURE.findall(text)) == text.count("![") >= 12
    folder = TOUR.with_suffix("")
    assert {path.stem for path in folder.iterdir()} == named.keys()
    for name, shows in named.items():
        assert len(shows) > 40, f"{name} says too little of what it shows"
        data = (folder / f"{name}.png").read_bytes()
        assert data.startswith(b"\x89PNG") and len(data) <= LARGEST, f"{name}: {len(data)} bytes"


def test_the_journey_takes_every_picture_of_the_tour() -> None:
    taken = (TOUR.parent.parent / "tests" / "test_browser_exit.py").read_text(encoding="utf-8")
    assert (
        set(re.findall(r'\.picture\("([a-z-]+)"\)', taken)) == pictures_named(TOUR.read_text(encoding="utf-8")).keys()
    )

"""Hints on pages: they name the page that helps, and no command to be typed."""

import re

import pytest

from console.hints import in_words, parts_of
from domain import council, engagement
from faces.desk import Target
from faces.page import Note
from tests.web import Web

HERE = Target("engagement", "haringey-1")
COMMANDS = {*engagement.COMMANDS, *council.COMMANDS}


@pytest.mark.parametrize(
    ("hint", "parts"),
    [
        (
            "judge it with judge-leaving side=safe",
            [
                ("judge it with ", None),
                ("Judge readiness to leave", "/engagements/haringey-1/do/judge-leaving?side=safe"),
                ("", None),
            ],
        ),
        ("an award says why with reason=", [("an award says why with reason", None)]),
        ("look at what holds it up, and well-being", [("look at what holds it up, and well-being", None)]),
    ],
)
def test_a_command_that_a_hint_names_is_a_link_to_its_page(hint: str, parts: list[tuple[str, str | None]]) -> None:
    found = list(parts_of(hint, HERE))
    assert [to for _, to in found] == [to for _, to in parts]
    assert [text for text, to in found if to is None] == [text for text, to in parts if to is None]


def test_where_nothing_can_be_pressed_it_is_called_as_pages_call_it() -> None:
    told = in_words(Note("worth a look: X. Hint: set what is expected next with set-target."), HERE)
    assert isinstance(told, Note) and "set-target" not in told.text and "“" in told.text


async def test_what_is_worth_a_look_on_a_page_names_no_command(web: Web) -> None:
    async with web.local() as browser:
        pages = [(await browser.get(f"/engagements/{id}")).text for id in ("haringey-1", "swindon-1")]
        found = [page.partition('id="cautions"')[2].partition("<ol")[0] for page in pages]
        assert any("/do/" in each for each in found), "a hint leads to a page"
        for text in (re.sub(r"<[^>]*>", "", each) for each in found):
            assert not COMMANDS & set(re.findall(r"[a-z]+(?:-[a-z]+)+", text)), text
        (link, *_) = re.findall(r'href="(/engagements/[^"]*/do/[^"]*)"', "".join(found))
        assert (await browser.get(link)).status_code == 200

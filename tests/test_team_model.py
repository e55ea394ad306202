"""docs/team-model.md is true."""

from tests.command_line import Engine, Run
from tests.pages import hold_page


def test_every_example_of_the_page_does_what_it_says(run: Run, engine_home: Engine) -> None:
    hold_page(run, engine_home, "team-model.md", more_than=50)

"""Tables as files: what is in them, and that nothing in them runs when a spreadsheet program opens them."""

import csv
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from io import BytesIO, StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from console.exports import harmless, rows, workbook
from console.render import Captioned
from domain.actors import OFFICE_ROLE as OFFICE
from faces.page import Cell
from tests.dossiers import CHIEF, RATED, accept
from tests.ledgers import Filled
from tests.web import Browser, Web, console_over

FORMULAS = ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", " =1", "=cmd|' /C calc'!A0", "＝1", "-2-3", "-A1"]
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def table(*texts: str) -> Captioned:
    """A table of one column."""
    return Captioned("What was said", ("Text",), [[Cell(text)] for text in texts])


def read_csv(content: bytes) -> list[list[str]]:
    """A file's rows, as a spreadsheet program has them."""
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(StringIO(content.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize("text", FORMULAS)
def test_text_that_would_be_run_is_written_so_that_it_is_not(text: str) -> None:
    _, (written,) = read_csv(rows(table(text)))
    assert written[0] not in "=+-@\t\r ＝"
    (sheet,) = load_workbook(BytesIO(workbook([table(text)]))).worksheets
    cell = sheet["A2"]
    assert (cell.data_type, cell.value[0] not in "=+-@") == ("s", True)


@given(st.text(max_size=40))
def test_no_text_at_all_begins_a_formula(text: str) -> None:
    written = harmless(Cell(text).bare)
    assert not written.lstrip(" ").startswith(("=", "+", "@", "\t", "\r"))
    if written.lstrip(" ").startswith("-"):
        assert Decimal(written) < 1  # a number, which is none


@pytest.mark.parametrize("text", ["12", "-12.50", "0", "0.25"])
def test_a_number_is_a_number(text: str) -> None:
    assert read_csv(rows(table(text)))[1] == [text]
    (sheet,) = load_workbook(BytesIO(workbook([table(text)]))).worksheets
    assert (sheet["A2"].data_type, sheet["A2"].value) == ("n", float(text))


@pytest.mark.parametrize("text", ["007", "1e9", "12345678901234567890", "2003-09-01", "1,5", "NaN"])
def test_what_only_looks_like_a_number_stays_text(text: str) -> None:
    (sheet,) = load_workbook(BytesIO(workbook([table(text)]))).worksheets
    assert sheet["A2"].value == text


def test_control_characters_and_marks_that_turn_writing_are_in_no_file() -> None:
    said = "Jo\u202eyrreB\x07\x00\ud7ff, line\nnext"
    (sheet,) = load_workbook(BytesIO(workbook([table(said)]))).worksheets
    assert sheet["A2"].value == read_csv(rows(table(said)))[1][0] == "Jo\ufffdyrreB\ufffd\ufffd\ud7ff, line next"


def test_every_table_has_a_sheet_whose_name_a_workbook_can_have() -> None:
    names = ["A: [first] name / that is much longer than sheets can have", "People", "people", "", "'quoted'"]
    made = load_workbook(BytesIO(workbook([Captioned(name, ("X",), [[Cell("1")]]) for name in names])))
    found = [sheet.title for sheet in made.worksheets]
    assert len(found) == len({name.casefold() for name in found}) == 5
    assert all(0 < len(name) <= 31 for name in found)
    assert len(load_workbook(BytesIO(workbook([]))).worksheets) == 1


# Over HTTP


@pytest.fixture(scope="module")
def noted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    """The console over an engagement with notes, one of them a formula."""
    home = tmp_path_factory.mktemp("noted")
    filled = Filled.make(home, datetime(2026, 9, 1, 11, tzinfo=UTC))
    accept(filled, "council/E09000014", "publish-rating", CHIEF, **RATED)
    for number in range(60):
        accept(filled, "engagement/haringey-1", "add-note", OFFICE, text=f"=HYPERLINK({number})")
    accept(filled, "office/people", "register-person", OFFICE, fields={"person": "jo-b", "name": '@Jo, "the" first'})
    filled.ledger.close()
    with console_over(home) as found:
        yield found


async def rows_of(browser: Browser, path: str) -> list[list[str]]:
    """The rows of a CSV file behind an address."""
    answer = await browser.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/csv; charset=utf-8")
    assert answer.headers["content-disposition"].startswith("attachment; filename=")
    return read_csv(answer.content)


async def test_a_file_has_every_row_and_not_only_those_of_the_page(noted: Web) -> None:
    async with noted.local() as browser:
        found = await rows_of(browser, "/engagements/haringey-1/timeline?as=csv&kind=note-added&page=2")
        assert found[0][:4] == ["Entry", "Happened", "Recorded", "Type"]
        assert len(found) == 61
        assert found[1][1:4] == ["2026-09-01", "2026-09-01T11:00:00.000000Z", "note-added"]
        assert found[1][7] == "text: =HYPERLINK(59)"
        only = await rows_of(browser, "/engagements/haringey-1/timeline?as=csv&words=HYPERLINK(59)")
        assert len(only) == 2


async def test_a_workbook_has_the_same_as_the_page(noted: Web) -> None:
    async with noted.local() as browser:
        answer = await browser.get("/portfolio?as=xlsx")
        assert answer.headers["content-type"] == XLSX
        (sheet,) = load_workbook(BytesIO(answer.content)).worksheets
        assert [cell.value for cell in next(iter(sheet.rows))][:2] == ["Engagement", "Council"]
        assert sheet["A2"].value == "haringey-1"
        people = await rows_of(browser, "/people?as=csv")
        assert people[1][:2] == ["jo-b", '\'@Jo, "the" first']


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/portfolio",
        "/portfolio/picture",
        "/councils",
        "/councils/E09000014",
        "/people",
        "/people/jo-b",
        "/engagements/haringey-1/obligations",
        "/engagements/haringey-1/documents",
        "/engagements/haringey-1/notes",
        "/engagements/haringey-1/notices",
        "/engagements/haringey-1/record/people",
    ],
)
async def test_every_page_with_tables_is_a_workbook_as_well(noted: Web, path: str) -> None:
    async with noted.local() as browser:
        answer = await browser.get(f"{path}?as=xlsx")
        assert (answer.status_code, answer.headers["content-type"]) == (200, XLSX), path
        assert load_workbook(BytesIO(answer.content)).worksheets


@pytest.mark.parametrize(("asked", "status"), [("as=pdf", 400), ("as=csv&table=9", 404), ("as=csv&table=x", 404)])
async def test_a_file_that_there_is_not_is_told_on_a_page(noted: Web, asked: str, status: int) -> None:
    async with noted.local() as browser:
        assert (await browser.get(f"/engagements/haringey-1/obligations?{asked}")).status_code == status

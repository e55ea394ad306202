"""Every table of a page as a file: CSV, or a workbook with a sheet for each table.

What stands in a file is opened by spreadsheet programs, which take text for a formula by how it starts. So such text gets an
apostrophe before it, and a workbook holds text as text. Dates are as in ISO 8601 and times in UTC with their zone.
"""

import csv
import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from io import BytesIO, StringIO
from typing import Any

from fastapi import Request
from fastapi.responses import Response
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

from console.render import Captioned
from faces.page import Cell
from faces.problems import not_found, usage

CSV, XLSX = "csv", "xlsx"
TYPES = {CSV: "text/csv; charset=utf-8", XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}

_NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,14})(?:\.\d{1,9})?\Z")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
_NOT_IN_A_NAME = re.compile(r"[\[\]:*?/\\']")


def harmless(text: str) -> str:
    """Text that no spreadsheet program runs: numbers and anything else are as they were."""
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) and not _NUMBER.match(text) else text


def download(request: Request, name: str, tables: Sequence[Captioned]) -> Response | None:
    """The file that `?as=csv` or `?as=xlsx` asks for, called by a name; None where a page is asked for.

    Of several tables CSV has the one that `?table=` numbers. Raises Problem for a file or a table that there is not.
    """
    wanted = request.query_params.get("as")
    if wanted is None:
        return None
    if wanted == XLSX:
        content = workbook(tables)
    elif wanted == CSV:
        content = rows(_numbered(request, tables))
    else:
        raise usage("there is no file of that kind.", "ask for csv or xlsx")
    return Response(
        content, media_type=TYPES[wanted], headers={"Content-Disposition": f'attachment; filename="{name}.{wanted}"'}
    )


def _numbered(request: Request, tables: Sequence[Captioned]) -> Captioned:
    number = request.query_params.get("table", "1")
    if not number.isdecimal() or len(number) > 4 or not 0 < int(number) <= len(tables):
        raise not_found("there is no such table on this page.")
    return tables[int(number) - 1]


def rows(table: Captioned) -> bytes:
    """A table as CSV (RFC 4180), in UTF-8 with the mark by which spreadsheet programs know that."""
    text = StringIO(newline="")
    written = csv.writer(text)
    written.writerow(map(harmless, table.headers))
    for row in table.rows:
        written.writerow(harmless(cell.bare) for cell in row)
    return text.getvalue().encode("utf-8-sig")


def workbook(tables: Sequence[Captioned]) -> bytes:
    """Tables as a workbook, each on a sheet that has its caption for a name. Without a table it has an empty sheet."""
    book = Workbook(write_only=True)
    names = set[str]()
    for number, table in enumerate(tables, start=1):
        sheet = book.create_sheet(_name(table.caption, number, names))
        sheet.append(_text(sheet, header, bold=True) for header in table.headers)
        for row in table.rows:
            sheet.append(_typed(sheet, row))
    if not tables:
        book.create_sheet("Nothing")
    held = BytesIO()
    book.save(held)
    return held.getvalue()


def _typed(sheet: Any, row: Sequence[Cell]) -> Iterator[Any]:
    for cell in row:
        yield Decimal(cell.bare) if _NUMBER.match(cell.bare) else _text(sheet, cell.bare)


def _text(sheet: Any, text: str, *, bold: bool = False) -> Any:
    written = WriteOnlyCell(sheet, value=harmless(text))
    written.data_type = "s"
    if bold:
        written.font = Font(bold=True)
    return written


def _name(caption: str, number: int, taken: set[str]) -> str:
    """A name that a sheet can have: 31 characters without a few signs, and no other sheet's."""
    name = _NOT_IN_A_NAME.sub(" ", caption).strip()[:31] or "Table"
    if name.casefold() in taken:
        name = f"{name[:27]} {number}"
    taken.add(name.casefold())
    return name

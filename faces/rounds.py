"""A round of ratings as a CSV file: what its rows say, and what is wrong with them, by line and column.

One service a file. A bad row is reported and the others are read. A row whose stars are empty is of a rating that is not
known: it is left out of the round, and said to be.
"""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, get_args

from activities.library import facts_of
from domain.council import CouncilFacts
from domain.dates import When
from domain.judgements import Capacity, Serving
from domain.ratings import GROUPS, Service, warns
from faces import dates
from faces.desk import called, close
from faces.fields import CONTROL, LONGEST_TEXT, read_text
from faces.problems import Exit, Problem
from faces.words import any_of

HEADER = (
    "council",
    "service",
    "stars",
    "adults_serving",
    "adults_capacity",
    "children_serving",
    "children_capacity",
    "note",
)
LARGEST = 5 * 1024 * 1024
FORMULA = ("=", "+", "@")
"""What a cell begins with that spreadsheets carry out when the record is read out again."""


@dataclass(frozen=True)
class Wrong:
    """What is wrong with a row: its line, the column, the value there, and what would be right."""

    line: int
    column: str
    value: str
    right: str

    @property
    def sentence(self) -> str:
        """`line 4, stars: '5' is not right; it is 0, 1, 2 or 3`."""
        shown = self.value if len(self.value) <= 60 else f"{self.value[:59]}…"
        return f"line {self.line}, {self.column}: '{shown}': {self.right}"

    def data(self) -> dict[str, Any]:
        """This as plain data."""
        return {"line": self.line, "column": self.column, "value": self.value[:200], "right": self.right}


@dataclass(frozen=True)
class Row:
    """A good row: the body of its `publish-rating`, and what is worth a warning."""

    line: int
    council: CouncilFacts
    body: Mapping[str, Any]
    warnings: tuple[str, ...] = ()


@dataclass
class Sheet:
    """A round as read: good rows, bad ones, and councils that are left out because their rating is not known."""

    service: str
    day: date
    rows: list[Row] = field(default_factory=list)
    wrong: list[Wrong] = field(default_factory=list)
    left_out: list[tuple[int, CouncilFacts, str]] = field(default_factory=list)

    @property
    def round_id(self) -> str:
        """`social-services-2002-05-29`."""
        return f"{self.service}-{self.day.isoformat()}"


def read_sheet(file: Path, day: date, service: str | None, register: Mapping[str, CouncilFacts]) -> Sheet:
    """Read a round's file. Raises Problem when it can't be read as one at all."""
    return read_rows(file.name, read_text(file, LARGEST), day, service, register)


def read_rows(file: str, text: str, day: date, service: str | None, register: Mapping[str, CouncilFacts]) -> Sheet:
    """Read a round from the text of a file of that name. Raises Problem when it can't be read as one at all."""
    lines = list(_records(file, text))
    if not lines:
        raise _unusable(file, 1, "the file is empty", f"its first line is {','.join(HEADER)}")
    line, header = lines[0]
    named = tuple(name.strip().lower() for name in header)
    if named != HEADER:
        raise _unusable(file, line, _wrong_header(named), f"the header is {','.join(HEADER)}")
    if len(lines) == 1:
        raise _unusable(file, line, "there is a header and no row", "add a row for each council")
    services = get_args(Service)
    wanted = service or next((cells[1].strip() for _, cells in lines[1:] if _cell(cells, 1) in services), None)
    if wanted is None or wanted not in services:
        raise _unusable(file, line + 1, "no row names a service", f"it is {any_of(services)}")
    sheet, reader = Sheet(wanted, day), _Reader(register, day, wanted)
    for line, cells in lines[1:]:
        reader.read(line, cells, sheet)
    return sheet


def _cell(cells: list[str], index: int) -> str:
    return cells[index].strip() if len(cells) > index else ""


def _records(file: str, text: str) -> Iterator[tuple[int, list[str]]]:
    """The records with the line on which each begins; empty lines are passed over."""
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise _unusable(file, line, "the file holds a NUL character", "save it as CSV in UTF-8")
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    begins = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield begins, cells
            begins = reader.line_num + 1
    except csv.Error as error:
        raise _unusable(file, begins, f"not well-formed CSV: {error}", "put quotes around text with commas") from None


def _unusable(file: str, line: int, problem: str, right: str) -> Problem:
    return Problem(Exit.REFUSED, f"{file}, line {line}: {problem}.", right)


def _wrong_header(named: tuple[str, ...]) -> str:
    missing = [name for name in HEADER if name not in named]
    if missing:
        near = close(missing[0], [name for name in named if name not in HEADER and name])
        if len(named) == 1 and ";" in named[0]:
            return "the columns are parted by ';' and not by ','"
        return f"the header has no column '{missing[0]}'" + (f" ({near})" if near else "")
    unknown = [name for name in named if name not in HEADER]
    if unknown:
        return f"the header has a column '{unknown[0][:60]}' that does not belong there"
    return "the columns of the header are not in order, or one stands twice"


class _Reader:
    """Reads rows, and remembers which councils were there before."""

    def __init__(self, register: Mapping[str, CouncilFacts], day: date, service: str) -> None:
        self._register, self._day, self._service = register, day, service
        self._seen: dict[str, int] = {}

    def read(self, line: int, cells: list[str], sheet: Sheet) -> None:
        """Read one row into the sheet: among the good ones, those left out, or those that are wrong."""
        if len(cells) != len(HEADER):
            problem = f"the row has {len(cells)} columns, and the header {len(HEADER)}; quote text with commas in it"
            sheet.wrong.append(Wrong(line, "row", cells[0], problem))
            return
        row = dict(zip(HEADER, (cell.strip() for cell in cells), strict=True))
        wrong = list(self._wrong(line, row))
        council = self._council(line, row["council"], wrong)
        if council is not None and self._seen.setdefault(council.gss, line) != line:
            first = self._seen[council.gss]
            wrong.append(Wrong(line, "council", row["council"], f"it stands on line {first} already; keep one of them"))
        if wrong or council is None:
            sheet.wrong.extend(wrong)
        elif not row["stars"]:
            sheet.left_out.append((line, council, row["note"]))
        else:
            sheet.rows.append(Row(line, council, self._body(row, sheet.round_id), tuple(_warnings(row))))

    def _council(self, line: int, text: str, wrong: list[Wrong]) -> CouncilFacts | None:
        def refuse(right: str) -> None:
            wrong.append(Wrong(line, "council", text, right))

        if not text:
            refuse("a GSS code such as E09000014 is wanted, or a council's name")
            return None
        coded = facts_of(self._register, text.upper())
        found = [coded] if coded else called(self._register, text)
        if not found:
            names = [facts.short for facts in self._register.values()]
            refuse(f"there is no such council; {close(text, names) or 'give its GSS code, such as E09000014'}")
            return None
        there = [facts for facts in found if facts.existed(When.day(self._day))]
        if not there:
            existed = " or ".join(_existed(facts) for facts in found)
            refuse(f"it did not exist on {dates.day(self._day)}; it existed {existed}")
            return None
        if len(there) > 1:
            refuse(f"several councils have this name; give the code, {any_of(facts.gss for facts in there)}")
            return None
        return there[0]

    def _wrong(self, line: int, row: Mapping[str, str]) -> Iterator[Wrong]:
        if row["service"] != self._service:
            services = get_args(Service)
            right = (
                f"this round is of {self._service}; a file is of one service"
                if row["service"] in services
                else f"it is {any_of(services)}"
            )
            yield Wrong(line, "service", row["service"], right)
        if row["stars"] and row["stars"] not in ("0", "1", "2", "3"):
            yield Wrong(line, "stars", row["stars"], "it is 0, 1, 2 or 3, or empty where it is not known")
        for group in GROUPS:
            serving, capacity = row[f"{group}_serving"], row[f"{group}_capacity"]
            for column, value, known in (("serving", serving, Serving), ("capacity", capacity, Capacity)):
                words = get_args(known)
                if value and value.lower() not in words:
                    yield Wrong(line, f"{group}_{column}", value, f"it is {any_of(words)}, or empty")
            if bool(serving) != bool(capacity):
                column = f"{group}_capacity" if serving else f"{group}_serving"
                yield Wrong(line, column, "", f"both judgements of {group} are given, or neither")
        note = row["note"]
        if len(note) > LONGEST_TEXT:
            yield Wrong(line, "note", note, f"at most {LONGEST_TEXT:,} characters are taken")
        elif CONTROL.search(note):
            yield Wrong(line, "note", CONTROL.sub("�", note), "it holds control characters; leave them out")
        elif note.startswith(FORMULA):
            yield Wrong(
                line,
                "note",
                note,
                f"a spreadsheet may take what begins with '{note[0]}' for a formula; begin with a word",
            )

    def _body(self, row: Mapping[str, str], round_id: str) -> dict[str, Any]:
        body: dict[str, Any] = {"service": row["service"], "stars": int(row["stars"]), "round": round_id}
        for group in GROUPS:
            if row[f"{group}_serving"]:
                serving, capacity = row[f"{group}_serving"].lower(), row[f"{group}_capacity"].lower()
                body[group] = {"serving": serving, "capacity": capacity}
        if row["note"]:
            body["note"] = row["note"]
        return body


def _existed(facts: CouncilFacts) -> str:
    start = f"from {dates.day(facts.start)}" if facts.start else ""
    end = f"until {dates.day(facts.end)}" if facts.end else ""
    return f"{start} {end}".strip() or "always"


def _warnings(row: Mapping[str, str]) -> Iterator[str]:
    """A printed "no" always went with zero stars. Not the other way round, so that nothing is said of zero stars."""
    for group in GROUPS:
        if warns(row[f"{group}_serving"].lower(), int(row["stars"])):
            yield f"{group} are served 'no' and it has {dates.plural(row['stars'], 'star')}: 'no' always went with none"

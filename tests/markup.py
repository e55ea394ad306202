"""A page as a test reads it: its headings, links, ids, controls and tables, and what is wrong with its structure."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from itertools import pairwise

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
CONTROLS = {"input", "select", "textarea"}
Attributes = dict[str, str | None]


@dataclass
class Element:
    """An element with the text in it."""

    tag: str
    attrs: Attributes
    text: str = ""
    inside: tuple[str, ...] = ()

    def __getitem__(self, name: str) -> str:
        return self.attrs.get(name) or ""


@dataclass
class Grid:
    """A table: its caption, its headings, and its rows as text and links."""

    caption: str = ""
    headers: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)


class Markup(HTMLParser):
    """A page, parsed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[Element] = []
        self.tables: list[Grid] = []
        self._open: list[Element] = []
        self.unclosed: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin an element."""
        element = Element(tag, dict(attrs), inside=tuple(each.tag for each in self._open))
        self.elements.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element that ends where it begins, as in SVG."""
        self.elements.append(Element(tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        """End an element."""
        if tag in VOID:
            return
        if not self._open or self._open[-1].tag != tag:
            self.unclosed.append(tag)
            return
        element = self._open.pop()
        if tag in ("table", "tr", "caption", "th", "td"):
            self._in_table(element)

    def handle_data(self, data: str) -> None:
        """Text, which is in every element that is open."""
        for element in self._open:
            element.text += data

    def _in_table(self, element: Element) -> None:
        text, inside = " ".join(element.text.split()), [each.tag for each in self._open]
        if "table" not in inside and element.tag != "table":
            return
        number = sum(each.tag == "table" for each in self.elements)
        while len(self.tables) < number:
            self.tables.append(Grid())
        grid = self.tables[-1]
        if element.tag == "caption":
            grid.caption = text
        elif element.tag == "th" and "thead" in inside:
            grid.headers.append(text)
        elif element.tag in ("th", "td"):
            grid.rows[-1:] = [[*(grid.rows[-1] if grid.rows else []), text]]
        if element.tag == "tr" and "thead" not in inside:
            grid.rows.append([])
        if element.tag == "table" and grid.rows and not grid.rows[-1]:
            grid.rows.pop()

    def all(self, tag: str, klass: str | None = None) -> list[Element]:
        """The elements of a tag, those of a class where one is given."""
        return [each for each in self.elements if each.tag == tag and (klass is None or klass in each["class"].split())]

    def said(self, tag: str, klass: str | None = None) -> list[str]:
        """Their texts, evenly spaced."""
        return [" ".join(each.text.split()) for each in self.all(tag, klass)]

    @property
    def title(self) -> str:
        """What the page is called."""
        return self.said("title")[0]

    @property
    def main(self) -> str:
        """The text of its main part."""
        return self.said("main")[0]

    @property
    def ids(self) -> list[str]:
        """The ids of its elements."""
        return [each["id"] for each in self.elements if each["id"]]

    @property
    def links(self) -> dict[str, str]:
        """Where its links lead, by their text; of several of one text the last."""
        return {" ".join(each.text.split()): each["href"] for each in self.all("a")}

    def table(self, caption: str) -> Grid:
        """The table of a caption."""
        return next(grid for grid in self.tables if grid.caption == caption)

    def faults(self) -> Iterator[str]:
        """What is wrong with its structure."""
        if self.unclosed or self._open:
            yield f"not closed: {self.unclosed} {[each.tag for each in self._open]}"
        for tag in ("h1", "main", "title"):
            found = [each for each in self.all(tag) if "svg" not in each.inside]
            if len(found) != 1:
                yield f"{len(found)} of {tag}"
        yield from (f"id {id} {count} times" for id, count in Counter(self.ids).items() if count > 1)
        yield from self._faults_of_names()
        levels = [int(each.tag[1]) for each in self.elements if each.tag in ("h1", "h2", "h3", "h4")]
        yield from (f"h{after} after h{before}" for before, after in pairwise(levels) if after > before + 1)
        for grid in self.tables:
            if not grid.caption or not all(grid.headers):
                yield f"a table without caption or heading: {grid.caption}"
        for each in self.elements:
            if "style" in each.attrs or any(name.startswith("on") for name in each.attrs):
                yield f"inline style or script in {each.tag}"
        yield from (f"a link without text: {each['href']}" for each in self.all("a") if not each.text.strip())

    def _faults_of_names(self) -> Iterator[str]:
        ids, labelled = set(self.ids), {each["for"] for each in self.all("label")}
        for each in self.elements:
            for name in ("aria-labelledby", "aria-describedby", "aria-controls"):
                yield from (f"{name} names no element: {id}" for id in each[name].split() if id not in ids)
            if (
                each.tag in CONTROLS
                and each["type"] != "hidden"
                and each["id"] not in labelled
                and not each["aria-label"]
            ):
                yield f"a {each.tag} without a label: {each['name']}"

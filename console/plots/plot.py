"""A plot: data in a table, the same in words, and a picture of it that nobody needs to have seen."""

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from xml.etree import ElementTree

from faces.page import Table, clean

BLUE, INK, RED, GREEN, PURPLE, BROWN = "#1d70b8", "#0b0c0c", "#d4351c", "#00703c", "#4c2c92", "#594d00"
"""GOV.UK's, each at 4.5 to 1 or better on white. No colour says what a shape, a dash or a label does not."""
GREY = "#505a5f"
"""Lines that things are compared with."""

WIDTH = 620
"""Of a picture's drawing area, so that with its labels it fits a page of GOV.UK Frontend."""

SVG = "http://www.w3.org/2000/svg"
_drawing = threading.Lock()
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Plot:
    """Something to be seen: its title, the same in words, its table, and what it is drawn from.

    It is compared by what it says, so that the same is never drawn twice. `draw` makes the chart of the data.
    """

    name: str
    title: str
    summary: str
    table: Table
    data: tuple[Any, ...]
    draw: Callable[[tuple[Any, ...]], Any]


@lru_cache(maxsize=256)
def svg(plot: Plot) -> bytes:
    """The picture, with its title and its text; the same bytes for the same plot.

    It is drawn in this process by vl-convert, from the data alone: nothing is fetched. The first in a process takes about a
    second, as its JavaScript engine starts, later ones some 50 milliseconds.
    """
    with _drawing:
        from vl_convert import vegalite_to_svg

        text = vegalite_to_svg(_spec(plot))
    return _told(text, plot)


def _spec(plot: Plot) -> dict[str, Any]:
    made: dict[str, Any] = _drawable(plot.draw(plot.data).to_dict())
    label = {"labelFontSize": 14, "titleFontSize": 14, "labelColor": INK, "titleColor": INK, "labelLimit": 260}
    made["config"] = {
        "background": "white",
        "font": "Arial, Helvetica, sans-serif",
        "axis": label | {"titleFontWeight": "normal", "gridColor": "#dee0e2", "domainColor": INK, "tickColor": INK},
        "legend": label | {"orient": "bottom", "symbolStrokeWidth": 2, "symbolSize": 120, "title": None, "columns": 3},
        "header": label,
        "title": {"fontSize": 14, "color": INK, "anchor": "start"},
        "text": {"fontSize": 13, "color": INK},
        "view": {"stroke": None},
    }
    return made


def _drawable(value: Any) -> Any:
    """A chart without characters that no XML can hold: at one of those vl-convert would end the whole process."""
    if isinstance(value, str):
        return _NO_XML.sub("\ufffd", clean(value))
    if isinstance(value, dict):
        return {_drawable(name): _drawable(inner) for name, inner in value.items()}
    return [_drawable(inner) for inner in value] if isinstance(value, list) else value


def _told(drawn: str, plot: Plot) -> bytes:
    """The drawing as one image with a title and a description; what Vega says of each mark gives way to them."""
    ElementTree.register_namespace("", SVG)
    root = ElementTree.fromstring(drawn)
    for element in root.iter():
        for name in [name for name in element.attrib if name == "role" or name.startswith("aria-")]:
            del element.attrib[name]
    title, description = ElementTree.Element(f"{{{SVG}}}title"), ElementTree.Element(f"{{{SVG}}}desc")
    title.text, title.attrib["id"] = _drawable(plot.title), f"{plot.name}-title"
    description.text, description.attrib["id"] = _drawable(plot.summary), f"{plot.name}-desc"
    root.attrib |= {"role": "img", "aria-labelledby": f"{plot.name}-title", "aria-describedby": f"{plot.name}-desc"}
    root[:0] = [title, description]
    told: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return told

"""Renews the pictures of docs/tour.md: `python -m tests.tour`. The browser tests take them, and they are made small here."""

import asyncio
import base64
import os
import re
import struct
import subprocess
import sys
import tempfile
import zlib
from array import array
from collections import Counter
from pathlib import Path

from playwright.async_api import Page, async_playwright

from tests.browser import launched
from tests.run import ROOT

TOUR = ROOT / "docs" / "tour.md"
PICTURE = re.compile(r"!\[([^\]]*)\]\(tour/([a-z-]+)\.png\)")
"""A picture in the page: what it shows, and its name."""

PIXELS = """async data => {
  const image = await createImageBitmap(await (await fetch('data:image/png;base64,' + data)).blob())
  const context = new OffscreenCanvas(image.width, image.height).getContext('2d')
  context.drawImage(image, 0, 0)
  const { data: bytes } = context.getImageData(0, 0, image.width, image.height)
  let text = ''
  for (let at = 0; at < bytes.length; at += 32768) text += String.fromCharCode(...bytes.subarray(at, at + 32768))
  return [image.width, image.height, btoa(text)]
}"""


def pictures_named(text: str) -> dict[str, str]:
    """The pictures of a page by their names, with what each shows in words."""
    return {name: shows for shows, name in PICTURE.findall(text)}


async def small(page: Page, data: bytes) -> bytes:
    """A picture in at most 256 colours, the most frequent ones: a third of its size, and a page looks the same."""
    width, height, text = await page.evaluate(PIXELS, base64.b64encode(data).decode())
    pixels = array("I", base64.b64decode(text))
    counts = Counter(pixels)
    palette = [colour for colour, _ in counts.most_common(256)]
    parts = [struct.unpack("4B", struct.pack("I", colour))[:3] for colour in palette]
    place = {colour: number for number, colour in enumerate(palette)}
    for colour in counts.keys() - place.keys():
        red, green, blue, _ = struct.unpack("4B", struct.pack("I", colour))
        far = [(r - red) ** 2 + (g - green) ** 2 + (b - blue) ** 2 for r, g, b in parts]
        place[colour] = far.index(min(far))
    rows = bytes(map(place.__getitem__, pixels))
    lines = b"".join(b"\0" + rows[at : at + width] for at in range(0, len(rows), width))
    chunks = (
        (b"IHDR", struct.pack(">2I5B", width, height, 8, 3, 0, 0, 0)),
        (b"PLTE", b"".join(map(bytes, parts))),
        (b"IDAT", zlib.compress(lines, 9)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in chunks
    )


async def renew(taken: Path) -> None:
    """Put the pictures that the tour shows beside it, and take away those that it no longer does."""
    names = pictures_named(TOUR.read_text(encoding="utf-8"))
    folder = TOUR.with_suffix("")
    folder.mkdir(exist_ok=True)
    async with async_playwright() as play, launched(play) as browser:
        page = await browser.new_page()
        for name in names:
            made = await small(page, (taken / f"{name}.png").read_bytes())
            (folder / f"{name}.png").write_bytes(made)
            print(f"{name}: {len(made) // 1000} kB")
    for old in folder.glob("*.png"):
        if old.stem not in names:
            old.unlink()


def main() -> int:
    """Run the tests that take the pictures, and renew those of the tour. Returns the exit status."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pytest", "-q", "tests/test_browser_exit.py"]
        status = subprocess.run(command, cwd=ROOT, env={**os.environ, "TURNAROUND_PICTURES": folder}).returncode
        if not status:
            asyncio.run(renew(Path(folder)))
    return status


if __name__ == "__main__":
    sys.exit(main())

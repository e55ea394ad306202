"""What a browser sent: the fields of a form. Of a file that comes with one, its name and fingerprint."""

from hashlib import sha256

from fastapi import Request
from starlette.datastructures import UploadFile

from console.date_fields import Fields
from faces.page import clean

FILE = ".file"
"""What the name of a field ends with that takes the fingerprint of a paper."""

CHUNK = 64 * 1024


async def typed(request: Request) -> Fields:
    """The fields of a form, without the token of its session. The fingerprints of files stand with the papers' references."""
    found: Fields = {}
    form = await request.form()
    for name, value in form.multi_items():
        if isinstance(value, UploadFile):
            if value.filename and name.endswith(FILE):
                paper = name.removesuffix(FILE)
                found[paper] = [f"{(found.get(paper) or [''])[-1]} {await fingerprint(value)}".strip()]
        elif name != "csrf":
            found.setdefault(name, []).append(value)
    return found


async def fingerprint(file: UploadFile) -> str:
    """`minute.pdf (SHA-256 9f86d0...)`"""
    hashing = sha256()
    while chunk := await file.read(CHUNK):
        hashing.update(chunk)
    return f"{clean(file.filename or '')[:120]} (SHA-256 {hashing.hexdigest()})"

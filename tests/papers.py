"""What is inside a PDF, read with pypdf: for tests of what the press makes."""

from __future__ import annotations

import re
from io import BytesIO
from typing import Any

from pypdf import PdfReader


def opened(pdf: bytes) -> PdfReader:
    return PdfReader(BytesIO(pdf), strict=True)


def root(pdf: bytes) -> Any:
    return opened(pdf).root_object


def text(pdf: bytes) -> str:
    """Every word of it, with runs of space as one; zero-width places to break are gone."""
    words = "\n".join(page.extract_text() for page in opened(pdf).pages)
    return " ".join(words.replace("\u200b", "").split())


def attached(pdf: bytes) -> dict[str, bytes]:
    """The associated files of the document, by name."""
    files = {}
    for reference in root(pdf)["/AF"]:
        spec = reference.get_object()
        files[str(spec["/UF"])] = spec["/EF"]["/F"].get_object().get_data()
    return files


def xmp(pdf: bytes) -> str:
    data: bytes = root(pdf)["/Metadata"].get_object().get_data()
    return data.decode("utf-8")


def stated(pdf: bytes, name: str) -> str:
    """The value of one XMP property, written as an element or as an attribute."""
    found = re.search(rf"<{name}>([^<]*)</{name}>|{name}=\"([^\"]*)\"", xmp(pdf))
    assert found is not None, f"no {name} in the metadata"
    return found[1] or found[2]


def tags(pdf: bytes) -> list[str]:
    """The roles of the structure tree, in reading order."""
    found: list[str] = []

    def walk(node: Any) -> None:
        node = node.get_object()
        if isinstance(node, list):
            for child in node:
                walk(child)
        elif isinstance(node, dict) and "/S" in node:
            found.append(str(node["/S"]))
            if "/K" in node:
                walk(node["/K"])

    walk(root(pdf)["/StructTreeRoot"]["/K"])
    return found


def unembedded_fonts(pdf: bytes) -> set[str]:
    """The fonts that are named and not embedded."""
    missing = set()
    for page in opened(pdf).pages:
        for font in page["/Resources"]["/Font"].values():
            parts = font.get_object().get("/DescendantFonts", [font])
            for part in parts:
                descriptor = part.get_object()["/FontDescriptor"].get_object()
                if not {"/FontFile", "/FontFile2", "/FontFile3"} & set(descriptor):
                    missing.add(str(part.get_object()["/BaseFont"]))
    return missing

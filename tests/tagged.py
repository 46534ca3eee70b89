"""What a program that reads aloud needs of a PDF (PDF/UA-1), as far as its structure tells.

It takes the place of no validator: reading order and contrast are for people to look at.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

from pypdf import PdfReader
from pypdf.generic import ContentStream, DictionaryObject

_HEADING = re.compile(r"/H([1-6])")
#: What may stand directly inside of what.
_INSIDE = {
    "/Table": {"/THead", "/TBody", "/TFoot", "/TR", "/Caption"},
    "/THead": {"/TR"},
    "/TBody": {"/TR"},
    "/TR": {"/TH", "/TD"},
    "/L": {"/LI", "/L", "/Caption"},
    "/LI": {"/Lbl", "/LBody"},
}
_SHOWS_TEXT = {b"Tj", b"TJ", b"'", b'"'}


def what_is_missing(content: bytes) -> list[str]:
    """Empty for a PDF that has all of it."""
    document = PdfReader(io.BytesIO(content))
    return [*_of_the_document(document), *_of_the_tree(document), *_of_the_pages(document)]


def elements(document: PdfReader) -> Iterator[DictionaryObject]:
    """The tree of what it says, in reading order."""
    yield from _below(document.trailer["/Root"]["/StructTreeRoot"])


def _below(node: DictionaryObject) -> Iterator[DictionaryObject]:
    for child in _children(node):
        yield child
        yield from _below(child)


def _children(node: DictionaryObject) -> list[DictionaryObject]:
    inside = node.get("/K", [])
    inside = inside.get_object()
    inside = inside if isinstance(inside, list) else [inside]
    found = [each.get_object() for each in inside]
    return [each for each in found if isinstance(each, DictionaryObject) and "/S" in each]


def _of_the_document(document: PdfReader) -> Iterator[str]:
    root = document.trailer["/Root"]
    if not root.get("/MarkInfo", {}).get("/Marked"):
        yield "it is not marked as tagged"
    if not root.get("/Lang"):
        yield "it names no language"
    if not (document.metadata and document.metadata.title):
        yield "it has no title"
    if not root.get("/ViewerPreferences", {}).get("/DisplayDocTitle"):
        yield "its title is not shown"
    if not re.search(rb"pdfuaid:part(>|=\")1", root["/Metadata"].get_data()):
        yield "it does not say that it is PDF/UA-1"
    headings = [each for each in elements(document) if _HEADING.fullmatch(each["/S"])]
    if len(headings) > 1 and not document.outline:
        yield "it has headings and no bookmarks"


def _of_the_tree(document: PdfReader) -> Iterator[str]:
    level = 0
    for each in elements(document):
        kind = str(each["/S"])
        if kind == "/Figure" and not each.get("/Alt"):
            yield "a figure has no words"
        if heading := _HEADING.fullmatch(kind):
            if int(heading[1]) > level + 1:
                yield f"after a heading of level {level} comes one of level {heading[1]}"
            level = int(heading[1])
        if kind == "/TD" and not _headers(each):
            yield "a cell of a table does not say what heads it"
        for child in _children(each):
            if str(child["/S"]) not in _INSIDE.get(kind, {str(child["/S"])}):
                yield f"{child['/S']} stands in {kind}"


def _headers(cell: DictionaryObject) -> bool:
    return bool(cell["/A"].get_object().get("/Headers"))


def _of_the_pages(document: PdfReader) -> Iterator[str]:
    for number, page in enumerate(document.pages, start=1):
        if "/StructParents" not in page:
            yield f"page {number} has no way back to the tree"
        if page.get("/Annots") and page.get("/Tabs") != "/S":
            yield f"on page {number} links do not follow the reading"
        for font in page["/Resources"].get("/Font", {}).values():
            if not _is_embedded(font.get_object()):
                yield f"page {number} needs the font {font['/BaseFont']} from elsewhere"
        depth = 0
        for _, operator in ContentStream(page.get_contents(), document).operations:
            depth += (operator in {b"BDC", b"BMC"}) - (operator == b"EMC")
            if operator in _SHOWS_TEXT and not depth:
                yield f"page {number} has words that stand nowhere in the tree"
                break


def _is_embedded(font: DictionaryObject) -> bool:
    [described] = font.get("/DescendantFonts", [font])
    descriptor = described.get_object()["/FontDescriptor"]
    return any(name in descriptor for name in ("/FontFile", "/FontFile2", "/FontFile3"))

"""What is taken, what is kept of it, and under which name: hostile files among them."""

from __future__ import annotations

import resource
import struct
import zlib
from io import BytesIO

import pytest
from PIL import Image, ImageFile

from incidents.files import naming, pictures, sniffing
from incidents.files.refusal import Refused
from tests.make import make_picture

PAGE = b"<html><script>alert(1)</script>"


def chunk(kind: bytes, content: bytes) -> bytes:
    check = struct.pack(">I", zlib.crc32(kind + content))
    return struct.pack(">I", len(content)) + kind + content + check


def png_that_says(width: int, height: int, pixels: bytes = b"") -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(pixels))
        + chunk(b"IEND", b"")
    )


def photo(**tags: object) -> bytes:
    """A JPEG that knows where it was taken, and that it lies on its side."""
    picture = Image.new("RGB", (60, 40), "teal")
    exif = Image.Exif()
    exif[0x0112] = 6  # turn it by a quarter
    exif[0x010E] = "sassafras"
    exif.get_ifd(0x8825)[2] = (52.0, 22.0, 12.0)
    content = BytesIO()
    picture.save(content, "JPEG", exif=exif, comment=b"sassafras", icc_profile=b"sassafras" * 20)
    return content.getvalue()


def drawn(content: bytes, name: str = "a.png") -> tuple[bytes, str, bool]:
    """(what is kept, its type, whether it moved)."""
    with pictures.drawn_again(BytesIO(content), name) as kept:
        return kept.content.read(), kept.content_type, kept.was_moving


# Kinds --------------------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
def test_pictures_are_known_by_their_bytes(kind):
    assert sniffing.look(BytesIO(make_picture(kind=kind)), "whatever.txt") == sniffing.PICTURE


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"20:00 pages load slowly\n", sniffing.TEXT),
        ("20:00 Größe überschritten".encode("latin-1"), sniffing.TEXT),
        ("20:00 größer".encode("utf-16"), sniffing.TEXT),
        (b"BMW is no picture", sniffing.TEXT),
        (b"MZ neither", sniffing.TEXT),
        (b'{"a": 1}', sniffing.TEXT),
        (PAGE, sniffing.BYTES),
        (b"\xef\xbb\xbf  \n<svg/>", sniffing.BYTES),
        (b"words first, then <script src=x>", sniffing.BYTES),
        (b"%PDF-1.4\n" + PAGE, "application/pdf"),
        (b"\x1f\x8b\x08\0" + b"\0" * 20, "application/gzip"),
        (b"PK\x05\x06" + b"\0" * 18, "application/zip"),
    ],
)
def test_other_kinds_are_known_by_their_bytes(content, kind):
    assert sniffing.look(BytesIO(content), "whatever.bin") == kind


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("photo.heic", b"\0\0\0\x18ftypheic", "is a HEIC picture. Save it as JPEG or PNG"),
        ("photo.avif", b"\0\0\0\x18ftypavif", "is an AVIF picture"),
        ("scan.tiff", b"II*\0\x08\0\0\0", "is a TIFF or camera picture"),
        ("old.bmp", b"BM\x46\0\0\0\0\0\0\0\x36\0", "is a BMP picture"),
        ("film.mp4", b"\0\0\0\x20ftypisom", "is a video. Attach a picture of the moment"),
        ("film.webm", b"\x1aE\xdf\xa3\x01\0", "is a video"),
        ("talk.ogg", b"OggS\0\x02", "is a sound"),
        ("logs.7z", b"7z\xbc\xaf\x27\x1c\0", "is packed in another way. Pack it as zip or gzip"),
        ("logs.tar", b"a" + b"\0" * 256 + b"ustar", "is a tar archive. Pack it with gzip"),
        ("tool", b"\x7fELF\x02\x01\x01\0", "is a program. Attach what it said instead"),
        ("data.bin", bytes(range(256)), "is of a kind that is not taken"),
        ("empty.txt", b"", "is empty"),
        ("page.png", PAGE, "is called a picture and is none inside"),
        ("archive.jpg", b"PK\x03\x04" + b"\0" * 30, "is called a picture and is none inside"),
        pytest.param(
            "late.log", b"x" * 200_000 + b"\0", "is of a kind that is not taken", id="late NUL"
        ),
    ],
)
def test_what_is_not_taken_is_told_why_and_what_to_do(name, content, why):
    with pytest.raises(Refused, match=f"“{name}” {why}"):
        sniffing.look(BytesIO(content), name)


# Pictures -----------------------------------------------------------------------------------------
def test_of_a_photo_only_what_is_seen_is_kept_and_it_stands_upright():
    assert photo().count(b"sassafras") > 20

    kept, content_type, _ = drawn(photo(), "photo.jpg")

    picture = Image.open(BytesIO(kept))
    assert content_type == "image/jpeg"
    assert picture.size == (40, 60)
    assert not picture.getexif()
    assert b"sassafras" not in kept
    assert "icc_profile" not in picture.info


def test_words_hidden_in_a_png_go():
    from PIL.PngImagePlugin import PngInfo

    hidden = PngInfo()
    hidden.add_text("Comment", "sassafras")
    hidden.add_itxt("XML:com.adobe.xmp", "<x>sassafras</x>")
    content = make_picture(pnginfo=hidden)
    assert b"sassafras" in content

    assert b"sassafras" not in drawn(content)[0]


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
def test_what_follows_a_picture_is_not_kept(kind):
    kept, _, _ = drawn(make_picture(kind=kind) + PAGE)

    assert PAGE not in kept
    assert Image.open(BytesIO(kept)).size == (60, 40)


def test_an_animation_keeps_its_first_picture_and_says_so():
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "green", "blue")]
    content = BytesIO()
    frames[0].save(content, "GIF", save_all=True, append_images=frames[1:])

    kept, content_type, was_moving = drawn(content.getvalue(), "loop.gif")

    picture = Image.open(BytesIO(kept)).convert("RGB")
    assert (content_type, was_moving) == ("image/png", True)
    assert picture.getpixel((5, 5)) == (255, 0, 0)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "PA", "RGB", "RGBA", "I;16"])
def test_every_sort_of_png_is_drawn_again(mode):
    content = BytesIO()
    picture = Image.new("RGBA", (500, 20), (10, 20, 30, 100)).convert(
        mode if mode not in {"I;16", "PA"} else "L"
    )
    picture.save(content, "PNG")

    kept, _, _ = drawn(content.getvalue())

    assert Image.open(BytesIO(kept)).size == (500, 20)


def test_webp_may_have_half_as_many_pixels():
    content = BytesIO()
    Image.new("1", (4_000, 2_001)).convert("RGB").save(content, "WEBP", method=0)

    with pytest.raises(Refused, match="has more than 8 megapixels"):
        drawn(content.getvalue(), "a.webp")


@pytest.mark.parametrize(("mode", "kept_as"), [("RGB", "image/jpeg"), ("RGBA", "image/png")])
def test_webp_becomes_what_every_program_opens(mode, kept_as):
    content = BytesIO()
    Image.new(mode, (60, 40), (10, 20, 30, 100)[: len(mode)]).save(content, "WEBP")

    kept, content_type, _ = drawn(content.getvalue(), "a.webp")

    assert content_type == kept_as
    assert Image.open(BytesIO(kept)).mode == mode


def test_a_cmyk_photo_is_drawn_again():
    content = BytesIO()
    Image.new("CMYK", (60, 40)).save(content, "JPEG")

    assert Image.open(BytesIO(drawn(content.getvalue(), "a.jpg")[0])).mode == "RGB"


@pytest.mark.parametrize(
    "content",
    [
        png_that_says(60_000, 60_000),
        png_that_says(5_000, 5_000),
        png_that_says(2**31 - 1, 1),
        b"GIF89a" + struct.pack("<HH", 65_535, 65_535) + b"\0\0\0\x2c" + b"\0" * 20,
    ],
)
def test_a_picture_bomb_is_refused_before_it_is_decoded(content):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    with pytest.raises(Refused, match="has more than 16 megapixels"):
        drawn(content)

    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20_000  # kilobytes


@pytest.mark.parametrize(
    "content",
    [
        make_picture((400, 300))[:200],
        make_picture((400, 300), "JPEG")[:-200],
        make_picture((400, 300), "GIF")[:-10],
        make_picture((400, 300), "WEBP")[:-20],
        b"\x89PNG\r\n\x1a\n",
        b"\x89PNG\r\n\x1a\n" + PAGE,
        b"\xff\xd8\xff" + PAGE,
        b"GIF89a" + PAGE,
        b"RIFF\0\0\0\0WEBP" + PAGE,
        png_that_says(4_000, 4_000, b"\0" * 10),
        png_that_says(0, 0),
    ],
    ids=range(11),
)
def test_a_damaged_picture_is_refused_in_words(content, monkeypatch):
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)  # as WeasyPrint leaves it
    with pytest.raises(Refused, match="is damaged or cut off"):
        drawn(content)


def test_a_page_called_png_is_never_a_picture():
    with pytest.raises(Refused):
        sniffing.look(BytesIO(PAGE), "graph.png")


# Names --------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("graph.png", "graph.png"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("C:\\Users\\kim\\graph.png", "graph.png"),
        ("/", "file"),
        ("..", "file"),
        (".", "file"),
        ("", "file"),
        ("   ", "file"),
        ("...", "file"),
        (".htaccess", "htaccess"),
        ("graph.png.", "graph.png"),
        ("graph.png\0.exe", "graph.png.exe"),
        ("a\r\nSet-Cookie: x=1.log", "a Set-Cookie_ x=1.log"),
        ("a\u2028b\u2029c.log", "a b c.log"),
        ("a\x1b[31m.log", "a[31m.log"),
        ("photo\u202egnp.exe", "photognp.exe"),
        ("\u2066hidden\u2069.txt", "hidden.txt"),
        ("zero\u200bwidth\ufeff.txt", "zerowidth.txt"),
        ("half\ud800pair.txt", "half_pair.txt"),
        ('say "hi".txt', "say _hi_.txt"),
        ("<script>.txt", "_script_.txt"),
        ("a|b?c*d:e.txt", "a_b_c_d_e.txt"),
        ("100%41.txt", "100_41.txt"),
        ("CON", "_CON"),
        ("nul.txt", "_nul.txt"),
        ("Com1.log", "_Com1.log"),
        ("concert.log", "concert.log"),
        ("cafe\u0301.log", "café.log"),
        ("日本語.log", "日本語.log"),
        ("🧯.log", "🧯.log"),
        ("a  \t b.log", "a b.log"),
        ("???", "file"),
    ],
)
def test_names_are_cleaned(typed, kept):
    assert naming.cleaned(typed) == kept


@pytest.mark.parametrize("sign", ["x", "ß", "語", "🧯", " ", ".", "x."])
@pytest.mark.parametrize("ending", ["", ".log", "." + "x" * 40])
def test_a_name_of_a_thousand_bytes_keeps_its_ending(sign, ending):
    name = naming.cleaned("start" + sign * 1_000 + ending)

    assert len(name) <= 120
    assert len(name.encode()) <= 200
    assert name.startswith("start")
    if ending == ".log":
        assert name.endswith(".log")


@pytest.mark.parametrize("number", range(32))
def test_no_control_reaches_a_name(number):
    assert naming.cleaned(f"a{chr(number)}b.log") in {"ab.log", "a b.log"}


def test_a_picture_is_named_after_what_it_is():
    assert naming.with_ending("loop.gif", (".png",)) == "loop.png"
    assert naming.with_ending("photo.JPEG", (".jpg", ".jpeg")) == "photo.JPEG"
    assert naming.with_ending("x" * 118 + ".g", (".png",)) == "x" * 116 + ".png"

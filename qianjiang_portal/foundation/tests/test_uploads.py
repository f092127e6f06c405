"""What people send: kept as plain pictures and quiet papers, or sent back with a sentence."""

import io

import pytest
from django.core.files.base import ContentFile
from PIL import Image
from pypdf import PdfReader

from conftest import NOW
from qianjiang_portal.foundation import options, sieve, uploads
from qianjiang_portal.foundation.models import File
from qianjiang_portal.foundation.tests import paper_files as papers

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    stored = settings.STORAGES["default"] | {"OPTIONS": {"location": tmp_path}}
    settings.STORAGES = settings.STORAGES | {"default": stored}
    return tmp_path


def take(content, name="IMG_2026.jpg"):
    return uploads.take(sent=ContentFile(content, name=name), place="500114112202", by=None, now=NOW)


def stored(file):
    with file.content.open("rb") as content:
        return content.read()


def test_a_photograph_loses_its_place_camera_and_comment(folder):
    sent = papers.photo()
    assert papers.PLACE in sent
    assert b"house of Ran" in sent

    file = take(sent)

    kept = stored(file)
    assert papers.PLACE not in kept
    assert b"Ran" not in kept
    assert b"Exif" not in kept
    with Image.open(io.BytesIO(kept)) as picture:
        assert (picture.format, picture.size, dict(picture.getexif())) == ("JPEG", (1200, 900), {})
    assert (file.name, file.content_type) == ("IMG_2026.jpg", "image/jpeg")
    # Nobody guesses where it lies.
    assert "IMG" not in file.content.name


def test_a_photograph_stands_upright_and_within_its_edge():
    options.put(name="upload_image_edge", value=800)

    with Image.open(io.BytesIO(stored(take(papers.photo((4000, 3000), turned=True))))) as picture:
        assert picture.size == (600, 800)


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_other_photographs_become_jpeg(kind):
    file = take(papers.photo((60, 40), kind), "签到表.png")

    assert file.name == "签到表.jpg"
    with Image.open(io.BytesIO(stored(file))) as picture:
        assert picture.format == "JPEG"


def test_what_is_transparent_becomes_white():
    target = io.BytesIO()
    Image.new("RGBA", (8, 8), (0, 0, 0, 0)).save(target, "PNG")

    with Image.open(io.BytesIO(stored(take(target.getvalue())))) as picture:
        assert min(picture.getpixel((4, 4))) > 250


def test_what_hangs_behind_a_photograph_is_left_behind():
    kept = stored(take(papers.photo() + b"<html><script>alert(1)</script>"))

    assert b"<script>" not in kept


def test_a_paper_is_kept_as_it_is():
    """Signed papers stay signed."""
    content = papers.pdf(pages=2)
    file = take(content, "会议记录.PDF")

    assert stored(file) == content
    assert (file.name, file.content_type) == ("会议记录.pdf", "application/pdf")


REFUSED = {
    "renamed program": (lambda: b"MZ\x90\x00" + b"\0" * 500, sieve.WRONG_TYPE),
    "drawing with script": (
        lambda: b'<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>',
        sieve.WRONG_TYPE,
    ),
    "page": (lambda: b"<!doctype html><script>alert(1)</script>", sieve.WRONG_TYPE),
    "page that is a paper too": (lambda: b"<script>alert(1)</script>" + papers.pdf(), sieve.WRONG_TYPE),
    "sound": (lambda: b"RIFF\x24\0\0\0WAVEfmt ", sieve.WRONG_TYPE),
    "half a photograph": (lambda: papers.photo()[:700], sieve.DAMAGED),
    "bomb": (papers.bomb, sieve.TOO_LARGE),
    "bomb that fits its head": (lambda: papers.bomb(7_000), sieve.DAMAGED),
    "half a paper": (lambda: papers.pdf()[:120], sieve.DAMAGED),
    "paper with script": (lambda: papers.pdf(script="app.alert(1)"), sieve.ACTIVE),
    "paper with a file in it": (lambda: papers.pdf(attached=b"MZ"), sieve.ACTIVE),
    "paper that starts a program": (lambda: papers.pdf(launch=True), sieve.ACTIVE),
    "locked paper": (lambda: papers.pdf(password="1234"), sieve.LOCKED),
    "book": (lambda: papers.pdf(pages=61), "PDF 有 61 页，最多 60 页，只传要用的几页"),
    "nothing": (lambda: b"", "文件是空的，请换一个文件"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_sent_back(name, folder):
    make, words = REFUSED[name]

    with pytest.raises(uploads.BadUpload, match="^" + words.replace("(", r"\(").replace(")", r"\)") + "$"):
        take(make(), "看着像照片.jpg")

    assert not File.objects.exists()
    assert not list(folder.rglob("*.*"))


def test_a_script_written_in_disguise_is_found_too():
    """A name in a PDF may be written with escapes."""
    plain = papers.pdf(script="app.alert(1)")
    disguised = plain.replace(b"/JavaScript", b"/J#61vaScript").replace(b"/JS", b"/J#53")
    assert b"/JS" not in disguised
    assert PdfReader(io.BytesIO(disguised)).trailer

    with pytest.raises(uploads.BadUpload, match="脚本"):
        take(disguised)


def test_a_huge_file_is_not_even_read():
    options.put(name="upload_megabytes", value=1)

    with pytest.raises(uploads.BadUpload, match="文件超过 1 MB，请缩小后再传"):
        take(papers.pdf() + b"%" * 1024 * 1024)


def test_a_decoder_that_eats_memory_dies_alone(monkeypatch):
    """A progressive JPEG is held whole before it is made smaller: here under a cap that it does not fit."""
    monkeypatch.setattr(sieve, "__file__", _tightened(sieve.__file__))

    with pytest.raises(uploads.BadUpload, match=r"太大|打不开"):
        take(papers.photo((6_000, 6_000), progressive=True))


def _tightened(path):
    """The sieve with a cap of 90 MiB, in a place of its own."""
    import tempfile

    with open(path) as source, tempfile.NamedTemporaryFile("w", suffix=".py", delete=False) as copy:
        copy.write(source.read().replace("MEMORY = 900 *", "MEMORY = 90 *"))
    return copy.name


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\照片\\集体 劳动.JPG", "集体 劳动"),
        ("a\x00b\x1b\u202egpj.exe", "abgpj"),
        ("", "文件"),
        ("...", "文件"),
        ("<img src=x>.png", "img src=x"),
        ("长" * 300 + ".jpg", "长" * 100),
    ],
)
def test_names_are_plain(name, kept):
    assert uploads.stem(name) == kept


def test_a_photograph_is_shown_and_a_paper_is_downloaded():
    shown, downloaded = uploads.show(take(papers.photo((40, 40)))), uploads.show(take(papers.pdf()))

    assert (shown["Content-Disposition"], shown["Content-Type"]) == ("inline", "image/jpeg")
    assert downloaded["Content-Disposition"].startswith("attachment")
    for response in (shown, downloaded):
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert response["Cache-Control"] == "private, no-store"
        response.file_to_stream.close()

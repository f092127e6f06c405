"""Whatever consists of words goes out compressed, with a length that tells nothing."""

import gzip

import pytest
from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase
from django.test import RequestFactory
from django.urls import reverse

from qianjiang_portal.foundation.compressed import CompressedMiddleware

ASKED = {"Accept-Encoding": "gzip"}
LONG = b"<p>" + "桐木村".encode() * 200 + b"</p>"
HAS_A_NAME = 0x08  # a flag of gzip: the name behind it is what makes lengths differ


def sent(answer: HttpResponseBase) -> HttpResponseBase:
    return CompressedMiddleware(lambda _: answer)(RequestFactory().get("/", headers=ASKED))  # type: ignore[return-value]


@pytest.mark.django_db
def test_a_page_of_ones_own_is_compressed_and_its_length_is_by_chance(signed_in, clerk):
    client = signed_in(clerk)
    pages = [client.get(reverse("home"), headers=ASKED) for _ in range(12)]

    assert {page["Content-Encoding"] for page in pages} == {"gzip"}
    assert "冉晓莉" in gzip.decompress(pages[0].content).decode()
    assert all(page.content[3] & HAS_A_NAME for page in pages)
    assert len({len(page.content) for page in pages}) > 1


@pytest.mark.django_db
def test_who_cannot_unpack_gets_the_page_as_it_is(signed_in, clerk):
    page = signed_in(clerk).get(reverse("home"))

    assert "Content-Encoding" not in page
    assert "冉晓莉" in page.content.decode()


@pytest.mark.parametrize("kind", ["text/html; charset=utf-8", "application/json", "text/csv", "image/svg+xml"])
def test_words_are_compressed(kind):
    assert gzip.decompress(sent(HttpResponse(LONG, content_type=kind)).content) == LONG


@pytest.mark.parametrize("kind", ["application/pdf", "image/jpeg", "application/vnd.ms-excel", "application/zip"])
def test_papers_and_pictures_are_left_as_they_are(kind):
    answer = sent(HttpResponse(LONG, content_type=kind))

    assert (answer.content, "Content-Encoding" in answer) == (LONG, False)


def test_a_file_that_streams_is_left_as_it_is(tmp_path):
    (tmp_path / "rows.csv").write_bytes(LONG)

    with (tmp_path / "rows.csv").open("rb") as file:
        answer = sent(FileResponse(file, content_type="text/csv"))

    assert "Content-Encoding" not in answer

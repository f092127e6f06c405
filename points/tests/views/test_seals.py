"""账本校验: what a seal covers, asked by anybody; chains walked and taken away by auditors."""

import io
import zipfile

import pytest
from django.urls import reverse

from conftest import make_person
from points.models import Seal
from points.tests.test_ledger import tamper

CHECK, LEDGER = "/seals/", "/audit/ledger/"


@pytest.fixture
def auditor(district):
    return make_person("the-auditor", "秦审计", {"role": "auditor"})


def text(response):
    return response.content.decode()


@pytest.mark.parametrize("write", [str, str.upper, lambda seal: seal.replace("-", " "), lambda seal: f"  {seal} "])
def test_a_seal_says_what_it_covers(posted, client, write):
    html = text(client.get(CHECK, {"seal": write(Seal.objects.get().short)}))

    assert "相符：这枚封签和它封的流水一致" in html
    assert "濯水镇桐木村" in html
    assert "第 1 枚，这个村共 1 枚" in html
    assert "3 笔，合计 +15 分" in html


def test_a_changed_entry_shows(posted, entry, client):
    tamper(entry, 50)

    assert "不符：这枚封签和现在的流水对不上" in text(client.get(CHECK, {"seal": Seal.objects.get().short}))


@pytest.mark.parametrize(
    ("seal", "words"),
    [
        ("0000-0000-0000-0000-0000", "没有这枚封签"),
        ("3f2a", "少抄了几位"),
        ("x" * 30, "没有这枚封签"),
        ("%%%%%%%%%%%%%%%%%%%%", "没有这枚封签"),
    ],
)
def test_what_is_no_seal_is_answered_in_words(posted, client, seal, words):
    assert words in text(client.get(CHECK, {"seal": seal}))


def test_the_public_page_names_nobody(posted, district, client):
    html = text(client.get(CHECK, {"seal": Seal.objects.get().digest}))

    assert [home.head_name for home in district.homes if home.head_name in html or home.number in html] == []


def test_an_auditor_walks_a_chain(posted, entry, auditor, signed_in):
    client = signed_in(auditor)
    assert "整条链相符" in text(client.get(LEDGER, {"village": posted.village.code}))
    tamper(entry, 50)

    assert f"({entry.source}) has been changed" in text(client.get(LEDGER, {"village": posted.village.code}))


def test_an_auditor_takes_the_pack_away(posted, auditor, signed_in):
    address = reverse("points:ledger-pack", args=[posted.village.code])
    response = signed_in(auditor).post(address)

    with zipfile.ZipFile(io.BytesIO(response.content)) as packed:
        assert packed.namelist() == ["README.txt", "verify.py", "ledger.jsonl", "seals.csv", "notices.csv"]
    assert signed_in(auditor).get(address).url == LEDGER


def test_pages_cost_few_queries(posted, client, django_assert_max_num_queries):
    with django_assert_max_num_queries(5):
        client.get(CHECK, {"seal": Seal.objects.get().short})

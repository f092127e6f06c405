"""Money spent on goods names the sheet on which they came in: once, of the village's own store, within scope."""

import datetime as dt
import uuid
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from lxml import html

from conftest import NOW, TODAY
from demos import funding
from demos.funding import CannotBook
from demos.models import FundLine
from points import stock


def text(response):
    main = html.fromstring(response.content.decode()).xpath("//main")[0]
    return " ".join(" ".join(main.itertext()).split())


@pytest.fixture
def bought(district, clerk):
    """A sheet of two receipts in the store of 桐木村."""
    hours = {"weekdays": "1234567", "opens_at": dt.time(8), "closes_at": dt.time(18)}
    said = {"village": district.tongmu, "name": "桐木村积分超市", "serves": [district.tongmu]}
    outlet = stock.keep_outlet(**said, **hours, by=clerk, now=NOW)
    soap = stock.keep_item(outlet=outlet, code="XYY", name="洗衣液", points=30, unit="瓶", by=clerk, now=NOW)
    towel = stock.keep_item(outlet=outlet, code="MJ", name="毛巾", points=8, unit="条", by=clerk, now=NOW)
    key = uuid.uuid4()
    lines = [stock.Typed(soap, 20), stock.Typed(towel, 30, "超市送货")]
    stock.book(outlet=outlet, kind="receipt", lines=lines, key=key, by=clerk, now=NOW)
    return key


def book(village, by, key, **more):
    given = {"kind": "goods", "on": TODAY, "what": "兑换物品", "amount": Decimal("860.5"), "receipt": "购 7"} | more
    return funding.book(village=village, **given, purchase=key, by=by, now=NOW)


def test_a_purchase_leads_to_its_money_and_back(bought, district, clerk, leader, stranger, signed_in):
    sheet = reverse("points:purchase", args=[bought])
    client, page = signed_in(clerk), reverse("demos:fund-book", args=[district.tongmu.code])
    shown = client.get(sheet)
    assert "XYY 洗衣液 20 瓶" in text(shown)
    assert f"{page}?purchase={bought}" in shown.content.decode()
    form = client.get(page, {"purchase": str(bought)})
    assert f'value="{bought}"' in form.content.decode()
    assert "毛巾×30、洗衣液×20" in form.content.decode()
    fields = {"action": "line", "kind": "goods", "on": "2026-11-23", "what": "洗衣液等", "amount": "860.5"}
    saved = client.post(page, fields | {"receipt": "购 7", "purchase": str(bought)}, follow=True)
    assert "已登记" in text(saved)
    assert sheet in saved.content.decode()
    again = client.post(page, fields | {"receipt": "购 8", "purchase": str(bought)})
    assert (again.status_code, "这张进货单已经登记过" in text(again)) == (422, True)
    assert "登记到经费" not in text(signed_in(leader).get(sheet))
    assert signed_in(stranger).get(sheet).status_code == 404


def test_what_is_no_purchase_of_the_village(bought, district, clerk, double):
    with pytest.raises(CannotBook, match="没有这张进货单"):
        book(district.tongmu, clerk, uuid.uuid4())
    with pytest.raises(CannotBook, match="不是这个村兑换点的"):
        book(district.sanmen, clerk, bought)
    with pytest.raises(CannotBook, match="只能登记成兑换物品"):
        book(district.tongmu, clerk, bought, kind="activity")


def test_it_is_paid_once_and_again_after_a_mistake(bought, district, clerk):
    first = book(district.tongmu, clerk, bought)
    with pytest.raises(CannotBook, match="已经登记过"):
        book(district.tongmu, clerk, bought)
    row = {"village": district.tongmu, "kind": "goods", "on": TODAY, "what": "二", "amount": 5, "receipt": "购 9"}
    row |= {"made_by": clerk, "made_at": NOW}
    with pytest.raises(IntegrityError, match="demos_purchase_is_paid_once"), transaction.atomic():
        FundLine.objects.create(**row, purchase=bought)
    with pytest.raises(IntegrityError, match="demos_purchase_is_of_goods"), transaction.atomic():
        FundLine.objects.create(**row | {"kind": "activity"}, purchase=uuid.uuid4())
    funding.take_back(line=first, reason="金额填错", by=clerk, now=NOW)
    assert book(district.tongmu, clerk, bought, amount=Decimal(900)).purchase == bought

"""经费: booked, taken back, never changed, and known by name."""

from decimal import Decimal

import pytest
from django.db import InternalError, transaction

from conftest import NOW, TODAY
from demos import fund_pages, funding
from demos.funding import CannotBook
from demos.models import FundLine
from qianjiang_portal.foundation import metrics, periods

YEAR = periods.parse("2026Y")


@pytest.fixture
def book(district, clerk):
    def booked(kind, amount, on=TODAY, village=district.tongmu, by=clerk, receipt="001"):
        return funding.book(
            village=village, kind=kind, on=on, what="一笔", amount=Decimal(amount), receipt=receipt, by=by, now=NOW
        )

    return booked


def test_what_came_in_less_what_went_out_is_left(district, clerk, book):
    book("district", "5000", on=TODAY.replace(year=2025))
    book("donation", "1200.50")
    book("goods", "3000")
    funding.set_budget(village=district.tongmu, year=2026, amount=Decimal(2000), by=clerk, now=NOW)

    [account] = fund_pages.accounts([district.tongmu], YEAR)
    assert (account.carried, account.income, account.spent) == (5000, Decimal("1200.50"), 3000)
    assert (account.balance, account.is_overspent, account.is_over_budget) == (Decimal("3200.50"), False, True)
    assert metrics.value("funds_balance", district.tongmu, YEAR) == Decimal("3200.50")
    assert metrics.value("funds_income", district.zhuoshui, YEAR) == Decimal("1200.50")
    assert metrics.value("funds_goods", None, YEAR) == 3000
    assert metrics.value("funds_budget", district.tongmu, YEAR) == 2000


def test_a_line_is_taken_back_once_by_another(book, clerk):
    line = book("goods", "300")
    back = funding.take_back(line=line, reason="记重了", by=clerk, now=NOW)

    assert (back.amount, back.reverses, back.what) == (-300, line, "冲销：记重了")
    for one in (line, back):
        with pytest.raises(CannotBook, match="这一笔已经冲销过，或本身就是冲销"):
            funding.take_back(line=one, reason="再来", by=clerk, now=NOW)
    assert metrics.value("funds_spent", line.village, YEAR) == 0


def test_no_line_is_ever_changed_or_deleted(book):
    line = book("goods", "300")
    for change in (lambda: FundLine.objects.update(amount=1), line.delete):
        with pytest.raises(InternalError), transaction.atomic():
            change()


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"amount": "0"}, "金额要大于 0"),
        ({"receipt": " "}, "摘要和凭证号都要填"),
        ({"on": TODAY.replace(day=24)}, "日期还没有到"),
    ],
)
def test_what_cannot_be_booked(book, changed, words):
    with pytest.raises(CannotBook, match=words):
        book(**({"kind": "goods", "amount": "10"} | changed))


def test_others_book_nothing(book, stranger, leader):
    for person in (stranger, leader):
        with pytest.raises(CannotBook, match="经费由本乡镇街道的经办或区级登记"):
            book("goods", "10", by=person)

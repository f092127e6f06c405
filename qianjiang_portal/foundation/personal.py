"""Numbers that belong to a person and so to no public text: identity cards, mobile phones, bank cards."""

import re
import unicodedata
from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from qianjiang_portal.foundation import ciphers

# A space or a hyphen between the groups in which people write such numbers hides nothing.
GAP = r"[ \-]?"
PATTERNS = {
    "身份证号": re.compile(rf"(?<!\d)\d{{6}}{GAP}\d{{4}}{GAP}\d{{4}}{GAP}\d{{3}}[\dXx](?!\d)"),
    "手机号": re.compile(rf"(?<!\d)(?:\+?86{GAP})?1[3-9]\d{GAP}\d{{4}}{GAP}\d{{4}}(?!\d)"),
    "银行卡号": re.compile(r"(?<!\d)(?:\d{16,19}|\d{4}(?:[ \-]\d{4}){3}(?:[ \-]\d{1,3})?)(?!\d)"),
}


def personal_data(text: str) -> str:
    """The kind of personal number a text seems to hold, or nothing; full-width digits count as digits."""
    plain = unicodedata.normalize("NFKC", text)
    return next((kind for kind, pattern in PATTERNS.items() if pattern.search(plain)), "")


def phone_mark(phone: str) -> str:
    """What tells that two numbers are the same, however they were written; nothing for what is no number."""
    digits = re.sub(r"\D", "", unicodedata.normalize("NFKC", phone))
    digits = digits.removeprefix("86") if len(digits) == 13 else digits
    return ciphers.mark(digits, "phone") if len(digits) >= 7 else ""


# Digits and what stands between them; the database reads it as well.
PHONE = r"^([\s+()转,-]*[0-9]){5,20}[\s+()转,-]*$"
NO_PHONE = "电话只填号码，如 023-79240000；其他的话写在说明里"
NO_OFFICE_PHONE = "办公电话只填号码，如 023-79240000，没有就空着"


def plain_phone(text: str) -> str:
    """A number as it is kept: full-width digits and brackets are ordinary ones."""
    return unicodedata.normalize("NFKC", text).strip()


def is_phone(text: str) -> bool:
    return bool(re.fullmatch(PHONE, plain_phone(text)))


def refuse_no_phone(phone: str) -> None:
    """A validator for a number somebody is to be called back at."""
    if phone.strip() and not is_phone(phone):
        raise ValidationError(NO_PHONE)


def refuse_no_office_phone(phone: str) -> None:
    if not is_phone(phone):
        raise ValidationError(NO_OFFICE_PHONE)


class PhoneField(models.CharField):  # type: ignore[type-arg]
    """The number of an office, open to whoever may see the row. Its model adds a check by `PHONE`."""

    default_validators = [refuse_no_office_phone]

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        return plain_phone(text) if text else text


def without_numbers(place: str) -> Callable[[str], None]:
    """A validator for a form's field that people will read: refuses a text with somebody's number in it."""

    def validate(text: str) -> None:
        if kind := personal_data(text):
            raise ValidationError(f"{place}里像是有{kind}，去掉再保存", "N-01")

    return validate

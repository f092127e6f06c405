"""Numbers that belong to a person and so to no public text: identity cards, mobile phones, bank cards."""

import re
import unicodedata
from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

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
# What villagers may be told to call: 110, 119, 120 and their like as well.
SHORT = "11[0249]|12[0-2]"
PUBLIC_PHONE = rf"^({SHORT})$|{PHONE}"
NO_PHONE = "电话只填号码，如 023-79240000；其他的话写在说明里"
NO_PUBLIC_PHONE = "办公电话只填一个号码，如 023-79240000 或 12345"


def plain_phone(text: str) -> str:
    """A number as it is kept: full-width digits and brackets are ordinary ones."""
    return unicodedata.normalize("NFKC", text).strip()


def is_phone(text: str, pattern: str = PHONE) -> bool:
    return bool(re.fullmatch(pattern, plain_phone(text)))


def number_to_keep(text: str, say: str, refusal: type[Exception]) -> str:
    """A number as it is kept, nothing where nothing was given. Raises the refusal with these words for what is none."""
    plain = plain_phone(text)
    if plain and not is_phone(plain):
        raise refusal(say)
    return plain


def refuse_no_phone(phone: str) -> None:
    """A validator for a number somebody is to be called back at."""
    if phone.strip() and not is_phone(phone):
        raise ValidationError(NO_PHONE)


def no_number(label: str) -> str:
    """What is said where a place's or an official's telephone is none."""
    return f"{label}只填一个号码，如 023-79240000，没有就空着"


def number_only(label: str) -> Callable[[str], None]:
    """A validator for a form's field with the number of an office."""

    def validate(phone: str) -> None:
        if not is_phone(phone):
            raise ValidationError(no_number(label))

    return validate


def refuse_no_public_phone(phone: str) -> None:
    if not is_phone(phone, PUBLIC_PHONE):
        raise ValidationError(NO_PUBLIC_PHONE)


def phone_check(table: str, pattern: str = PHONE) -> models.CheckConstraint:
    """What a model adds to its constraints for a number in its field `phone`."""
    return models.CheckConstraint(condition=Q(phone="") | Q(phone__regex=pattern), name=f"{table}_phone_is_a_number")


class PhoneField(models.CharField):  # type: ignore[type-arg]
    """The number of an office, open to whoever may see the row. Its model adds `phone_check`."""

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        return plain_phone(text) if text else text

    def validate(self, value: Any, model_instance: models.Model | None) -> None:
        super().validate(value, model_instance)
        if value:
            number_only(str(self.verbose_name))(value)


def without_numbers(place: str) -> Callable[[str], None]:
    """A validator for a form's field that people will read: refuses a text with somebody's number in it."""

    def validate(text: str) -> None:
        if kind := personal_data(text):
            raise ValidationError(f"{place}里像是有{kind}，去掉再保存", "N-01")

    return validate

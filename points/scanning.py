"""Somebody's number in the words of a notice: which row or which text holds it, and what to do about it."""

from collections.abc import Iterable

from points.models import Claim, Notice, NoticeLine
from qianjiang_portal.foundation.personal import personal_data


def remarks_of(claim: Claim) -> dict[str, str]:
    """The words that stand with a row, by what a clerk calls them."""
    return {"备注": claim.note, "退回说明": claim.return_note, "核实原因": claim.contest_reason}


def held_by(claims: Iterable[Claim]) -> list[Claim]:
    """The rows whose words hold a personal number."""
    return [claim for claim in claims if any(personal_data(words) for words in remarks_of(claim).values())]


def of_claims(claims: Iterable[Claim]) -> list[str]:
    """One sentence for each remark that holds somebody's number. The claims come with their batch."""
    return [
        f"批次 {claim.batch.number} 第 {claim.line} 行{place}里像是有{kind}，公示前请去掉"
        for claim in claims
        for place, words in remarks_of(claim).items()
        if (kind := personal_data(words))
    ]


def of_texts(notice: Notice, lines: Iterable[NoticeLine]) -> list[str]:
    """One sentence for each text of the sheet itself that holds somebody's number."""
    texts = {"村名": notice.village.short_name, "细则名称": notice.rules_title}
    texts |= {f"第 {line.position} 行户主": line.masked_name for line in lines}
    texts |= {f"组名“{line.grid_name}”": line.grid_name for line in lines}
    return [f"{place}里像是有{kind}，公示前请去掉" for place, words in texts.items() if (kind := personal_data(words))]

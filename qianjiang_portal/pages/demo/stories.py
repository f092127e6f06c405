"""What was worth telling: cases adopted, handed in, sent back and begun, and what media brought."""

import datetime as dt

from qianjiang_portal.foundation import calendar
from qianjiang_portal.pages.demo import places
from qianjiang_portal.pages.demo.people import NEXT_TOWN, TOWN, Staff
from reports import cases, publicity
from reports.models import CaseStudy, Sender
from villages.models import Township, Village

# township, village, days ago, what became of it, title, theme, then the four sections
CASES = (
    (
        TOWN, places.HOME, 96, "adopted", "院坝里评出来的好家风", "points",
        "村里在家的多是老人，房前屋后的卫生靠村干部上门催。2025年起实行积分制，先在三个组试。",
        "一是把“门前三包”写进细则，院坝会逐条念、逐条举手。\n二是每月 25 日评议小组到户看，当场打分，户主签字。\n"
        "三是次月 5 日前张榜，扣分写明原因。",
        "主动打扫的多了，村干部催的少了。评议有分歧的在院坝会上说开，没有一户上访。",
        "规矩要自己定，打分要当面打，榜要按时贴。",
    ),
    (
        NEXT_TOWN, "500114106200", 41, "adopted", "红白喜事简办，一桌一桌算给大家看", "custom",
        "以前一场酒席二三十桌，礼金年年涨，村民都说累。",
        "一是红白理事会定下桌数和礼金，写进村规民约。\n二是办事前报备，理事会派人帮厨。\n三是简办的记积分，兑换米油。",
        "酒席大多在十桌以内，礼金降了，欠账办酒的没有了。",
        "先让党员干部带头，再把账算给大家看。",
    ),
    (
        TOWN, "", 9, "submitted", "网格员的一本台账", "grid",
        "网格员手里有五本表，重复填、月底补。",
        "一是五本并成一本，谁看见谁记。\n二是每周上传一次，村里当周回。",
        "月底补录少了，群众的小事三天内有人回。",
        "表少了，走得才勤。",
    ),
    (
        NEXT_TOWN, "", 17, "returned", "清单进村，村干部减负", "list",
        "村里要盖的章、要开的证明多。", "列出清单，不在清单上的不盖。", "证明少了。", "清单要公开。",
    ),
    (TOWN, places.HOME, 3, "draft", "积分超市账目公开的做法", "points", "积分超市每月盘点一次。", "", "", ""),
)  # fmt: skip
WHY = "成效写得笼统，补上前后对比的数字"
# township or none for the district, days ago, medium, kind, level, where to find it, title, number of the case in CASES
PIECES = (
    (TOWN, 80, "重庆日报", "print", "city", "第 6 版", "院坝里评出好家风", 0),
    (TOWN, 74, "黔江区融媒体中心", "new", "district", "https://news.example.cn/qianjiang/yuanba", "桐木村的院坝分", 0),
    (NEXT_TOWN, 30, "武陵都市报", "print", "city", "第 3 版", "一桌一桌算出来的新风", 1),
    (NEXT_TOWN, 22, "区广播电视台", "air", "district", "《武陵新村》栏目", "红白理事会的一天", 1),
    ("", 12, "黔江发布", "new", "district", "https://news.example.cn/qianjiang/jifen", "全区推行积分制", None),
)  # fmt: skip


def tell(staff: Staff, opening: dt.date, until: dt.date) -> None:
    """Write what falls after the district's opening."""
    kept = [_case(staff, *one, opening=opening, until=until) for one in CASES]
    for code, ago, media, kind, level, link, title, about in PIECES:
        on = until - dt.timedelta(days=ago)
        if on <= opening:
            continue
        facts = publicity.Facts(title, media, kind, level, link, on)
        by = staff.at_desk("clerk", code) if code else staff.users["district"]
        sender = Sender(township=Township.objects.get(code=code)) if code else Sender()
        case = kept[about] if about is not None else None
        now = calendar.moment(on + dt.timedelta(days=1), 10)
        publicity.note(sender=sender, facts=facts, village=case.village if case else None, case=case, by=by, now=now)


def _case(
    staff: Staff, code: str, village: str, ago: int, end: str, title: str, theme: str, *texts: str,
    opening: dt.date, until: dt.date,
) -> CaseStudy | None:  # fmt: skip
    day = until - dt.timedelta(days=ago)
    if day <= opening:
        return None
    clerk, officer, now = staff.at_desk("clerk", code), staff.users["district"], calendar.moment(day, 10)
    of = Village.objects.select_related("township").get(code=village) if village else None
    facts = cases.Facts(title, theme, *texts, village=of)
    case = cases.write(sender=Sender(township=Township.objects.get(code=code)), facts=facts, by=clerk, now=now)
    if end != "draft":
        case = cases.submit(case=case, by=clerk, now=now)
    later = now + dt.timedelta(days=2)
    if end == "adopted":
        return cases.adopt(case=case, by=officer, now=later)
    return cases.send_back(case=case, reason=WHY, by=officer, now=later) if end == "returned" else case

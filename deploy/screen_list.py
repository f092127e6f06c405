"""Which pages stand in docs/screens: who sees them, where they are, and what is pressed there first."""

from dataclasses import dataclass

DESK, PHONE, HALL = {"": (1366, 768)}, {"": (360, 640)}, {"": (1920, 1080)}
SIZES = DESK | {"-phone": (360, 640)}
# 桐木村, where the demonstration shows most.
HOME = "500114112202"
CANDIDATE = "main a[href^='/demos/']:not([href*='?'], [href$='new/'], [href*='rechecks'], [href*='programmes'])"
FIRST = "main tbody a[href^='/']"
NOTICE = "main a[href^='/notices/GS-']"


@dataclass(frozen=True)
class Screen:
    """A page by its address; `who` is a role, and nobody signs in without one.

    `follow`: the links that lead on from there. `act`: what is done on the page before the picture, in order:
    `click …` a selector, `type …` a text, or a key by its name.
    """

    name: str
    who: str
    address: str
    follow: tuple[str, ...] = ()
    act: tuple[str, ...] = ()


@dataclass(frozen=True)
class Picture:
    """What a page of help shows: `part`, a selector, of the page that is come to as with a screen."""

    name: str
    who: str
    address: str
    part: str = "main"
    follow: tuple[str, ...] = ()
    act: tuple[str, ...] = ()
    high: int = 420
    wide: int = 1024


MAIN = (
    Screen("sign-in", "", "/accounts/login/"),
    Screen("public-list", "", "/gs/"),
    Screen("public-notice", "", "/gs/", ("main a[href^='/gs/GS-']",)),
    Screen("home", "clerk", "/home/"),
    Screen("entry", "clerk", "/entry/"),
    Screen("batches", "clerk", "/entry/batches/"),
    Screen("imports", "clerk", "/import/"),
    Screen("activities", "clerk", "/activities/"),
    Screen("notices", "clerk", "/notices/"),
    Screen("notice", "clerk", "/notices/", (NOTICE,)),
    Screen("objections", "clerk", "/objections/?show=all"),
    Screen("passbooks", "clerk", "/households/"),
    Screen("passbook", "clerk", "/households/", (FIRST,)),
    Screen("services", "clerk", "/requests/"),
    Screen("disclosures", "clerk", "/disclosures/"),
    Screen("indicators", "clerk", "/indicators/"),
    Screen("funds", "clerk", "/funds/"),
    Screen("search", "clerk", "/search/?q=%E5%86%89"),
    Screen("help", "clerk", "/help/"),
    Screen("review-queue", "reviewer", "/review/"),
    Screen("review", "reviewer", "/review/", ("main a[href^='/review/2']",)),
    Screen("honours", "reviewer", "/honours/"),
    Screen("leader-home", "leader", "/home/"),
    Screen("dashboard-township", "leader", "/dashboard/"),
    Screen("village", "leader", f"/villages/{HOME}/"),
    Screen("entries", "leader", f"/villages/{HOME}/entries/"),
    Screen("people", "leader", "/people/"),
    Screen("year-end", "leader", "/year-end/"),
    Screen("redeem", "counter", "/redeem/"),
    Screen("stock", "counter", "/redeem/stock/"),
    Screen("liaison-home", "liaison", "/home/"),
    Screen("pairings", "liaison", "/pairings/"),
    Screen("pairing", "liaison", "/pairings/", (FIRST,)),
    Screen("dashboard", "district", "/dashboard/"),
    Screen("villages", "district", "/villages/"),
    Screen("rules", "district", "/rules/"),
    Screen("demos", "district", "/demos/"),
    Screen("demo", "district", "/demos/", (CANDIDATE,)),
    Screen("meetings", "district", "/meetings/"),
    Screen("measures", "district", "/measures/"),
    Screen("reports", "district", "/reports/"),
    Screen("summaries", "district", "/reports/summaries/"),
    Screen("assessments", "district", "/reports/assessments/"),
    Screen("circulars", "district", "/reports/circulars/"),
    Screen("cases", "district", "/reports/cases/"),
    Screen("rights", "district", "/rights/"),
    Screen("audit", "auditor", "/audit/"),
    Screen("ledger-check", "auditor", "/audit/ledger/"),
    Screen("staff", "admin", "/staff/"),
    Screen("jobs", "admin", "/jobs/"),
)
# For the manual alone: at the desk's size.
MANUAL = (
    Screen("entry-household", "clerk", "/entry/household/"),
    Screen("entry-roster", "clerk", f"/entry/roster/?v={HOME}&rule=H01"),
    Screen("import-preview", "clerk", "/import/", (FIRST,)),
    Screen("activity", "clerk", "/activities/", (FIRST,)),
    Screen("batch", "clerk", "/entry/batches/", (FIRST,)),
    Screen("panel", "clerk", f"/review/panel/{HOME}/"),
    Screen("slips", "clerk", "/households/slips/"),
    Screen("roster-import", "clerk", "/import/roster/"),
    Screen("opening-import", "clerk", "/import/opening/"),
    Screen("rule-set", "clerk", "/rules/", (FIRST,)),
    Screen("outlet-new", "clerk", "/redeem/stock/outlets/new/"),
    Screen("circular", "clerk", "/reports/circulars/", (FIRST,)),
    Screen("case", "clerk", "/reports/cases/", (FIRST,)),
    Screen("honours-village", "clerk", f"/honours/{HOME}/"),
    Screen("disclosures-village", "clerk", f"/disclosures/{HOME}/"),
    Screen("trainings", "leader", "/trainings/"),
    Screen("people-import", "leader", "/people/import/"),
    Screen("charters", "leader", "/charters/"),
    Screen("budget", "leader", "/redeem/budget/"),
    Screen("candidate-leader", "leader", "/demos/", (CANDIDATE,)),
    Screen("suspensions", "leader", "/honours/suspensions/"),
    Screen("redeem-day", "counter", "/redeem/day/"),
    Screen("stock-prices", "counter", "/redeem/stock/", ("main a[href$='/prices/']",)),
    Screen("dispatch", "district", "/dispatch/"),
    Screen("oddities", "district", "/review/oddities/"),
    Screen("honour-kinds", "district", "/honours/kinds/"),
    Screen("indicator-kinds", "district", "/indicators/kinds/"),
    Screen("assessment", "district", "/reports/assessments/", (FIRST,)),
    Screen("stars", "reviewer", "/honours/stars/"),
    Screen("audit-changes", "auditor", "/audit/changes/"),
    Screen("audit-seals", "auditor", "/audit/seals/"),
    Screen("rights-people", "auditor", "/rights/people/"),
    Screen("second-step", "admin", "/accounts/factor/"),
    Screen("tokens", "admin", "/accounts/tokens/"),
    Screen("staff-import", "admin", "/staff/import/"),
    Screen("staff-one", "admin", "/staff/", (FIRST,)),
    Screen("options", "admin", "/admin/foundation/option/"),
    Screen("objection-form", "", "/gs/", ("main a[href^='/gs/GS-']",)),
    Screen("seal-check", "", "/seals/"),
    Screen("public-disclosures", "", f"/gk/{HOME}/"),
    Screen("red-list", "", f"/red/{HOME}/"),
    Screen("public-services", "", f"/bm/{HOME}/"),
    Screen("admin", "admin", "/admin/"),
    Screen("admin-users", "admin", "/admin/villages/user/"),
    Screen("auditor", "auditor", "/home/"),
    Screen("batch-returned", "clerk", "/entry/batches/", ("main tr:has-text('已退回') a",)),
    Screen("notice-new", "clerk", f"/notices/new/?village={HOME}"),
    Screen("notice-print", "clerk", "/notices/", (NOTICE, "main a[href$='/print/']")),
    Screen("correct", "clerk", "/households/", (FIRST, "main a[href*='/correct/']")),
    # From the last days of a half-year on: the demonstration's clock has to be moved there.
    Screen("summary", "clerk", "/reports/summaries/", ("main a:has-text('填写')",)),
    Screen("training-new", "leader", "/trainings/new/"),
    Screen("check", "leader", "/home/", ("main a[href$='/check/']",)),
    Screen("report", "leader", "/reports/", ("main a:has-text('查看')",)),
    Screen("summary-signed", "leader", "/reports/summaries/", ("main a:has-text('查看')",)),
    Screen("clock", "district", "/help/clock/"),
)
# Something is done there, in this order and after all others: a batch is sent, rows go back, others are typed.
DRAFT = "main a:has-text('接着录')"
QUEUED = "main a[href^='/review/2']"
REASON = "main input[name=reasons] >> nth=1"
TICK_THIRD = "click main tbody input[name=row] >> nth=2"
TYPED = tuple(act for initials in ("rgm", "sta", "zzg", "rcm") for act in (f"type {initials}", "Enter"))
ACTED = (
    Screen("submit", "clerk", "/entry/batches/", (DRAFT,), ("Control+Enter",)),
    Screen("submitted", "clerk", "/entry/batches/", (DRAFT,), ("Control+Enter", "Enter")),
    Screen("review-phone-ticked", "reviewer", "/review/", (QUEUED,), ("click main input[type=checkbox] >> nth=7",)),
    Screen("review-confirm", "reviewer", "/review/", (QUEUED,), (TICK_THIRD, "Control+Enter", f"click {REASON}")),
    Screen(
        "review-done", "reviewer", "/review/", (QUEUED,),
        (TICK_THIRD, "Control+Enter", f"click {REASON}", "Control+Enter"),
    ),
    Screen("entry-typed", "clerk", f"/entry/?v={HOME}", (), (*TYPED, "type sz")),
)  # fmt: skip
WALL = Screen("wall", "district", "/dashboard/wall/")


HELP = (
    Picture("entry", "clerk", "/entry/", act=("type rgm",), high=300),
    Picture("many", "clerk", f"/entry/roster/?v={HOME}&rule=H01", wide=1366),
    Picture("import", "clerk", "/import/", follow=(FIRST,)),
    Picture("activity", "clerk", "/activities/", follow=(FIRST,)),
    Picture("returned", "clerk", "/entry/batches/", follow=("main tr:has-text('已退回') a",)),
    Picture("review", "reviewer", "/review/", follow=(QUEUED,)),
    Picture("notice", "clerk", f"/notices/new/?village={HOME}"),
    Picture("redeem", "counter", "/redeem/", act=("type qsm", "Enter")),
    Picture("passbook", "clerk", "/households/", follow=(FIRST,)),
    Picture("report", "leader", "/reports/"),
    Picture("summary", "leader", "/reports/summaries/", follow=("main a:has-text('查看')",)),
    Picture("accounts", "admin", "/staff/?q=clerk-109", follow=(FIRST,), high=560),
    Picture("ledger", "auditor", "/audit/seals/"),
    Picture("rules", "leader", "/rules/", follow=(FIRST,), wide=1240),
)


def sizes_of(screen: Screen) -> dict[str, tuple[int, int]]:
    """Ending of the file's name → width and height."""
    if screen is WALL:
        return HALL
    if "phone" in screen.name:
        return PHONE
    return SIZES if screen in MAIN else DESK

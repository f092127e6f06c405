"""The tasks that have a page of help. The text of each stands in its template, never more than seven steps."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Guide:
    slug: str
    title: str
    who: str
    # What its picture shows, for whoever does not see it; pages without one have no picture.
    shows: str = ""

    @property
    def picture(self) -> str:
        return f"help/{self.slug}.webp"


GUIDES = (
    Guide("entry", "录入积分", "乡镇经办", "快速录入：户主格里输了 rgm，下面列出冉光明，按回车就选上"),
    Guide("many", "勾选花名册、粘贴名单", "乡镇经办", "花名册勾选：按组列出各户，户主前面打勾"),
    Guide("import", "导入 Excel 表", "乡镇经办", "导入的校验结果：可导入的、要改的和重复的各有几行，要改的写着怎么改"),
    Guide("activity", "办了活动，转成积分", "乡镇经办", "一次活动：到场的户按组列出，写着积分转了没有"),
    Guide("returned", "修改退回的行", "乡镇经办", "退回的批次：退回的行在最上面，写着谁退的、为什么，就在这里改"),
    Guide("review", "评议审核一批", "评议审核", "审核一批：参评人在上面，下面一行一户，前面打勾就是退回"),
    Guide(
        "rules", "起草和发布积分细则", "乡镇经办、分管领导、区级", "积分细则：一行一个事项，有三治、五乐、分值、上限"
    ),
    Guide("notice", "制作公示、期满入账", "乡镇经办", "发布公示：选村、月份和天数，先核对姓名脱敏和电话"),
    Guide("objection", "核实和答复一件异议", "评议审核、分管领导"),
    Guide("redeem", "兑换物品、撤销当天的小票", "兑换经办", "兑换：输户主首字母找到这一户，再选物品"),
    Guide(
        "passbook",
        "查一户的存折、冲正一笔",
        "乡镇经办、评议审核、分管领导、区级",
        "存折：可兑换多少分，每一笔怎么来",
    ),
    Guide("report", "生成和下载季度、半年、年度报告", "分管领导、区级", "积分运行情况：各乡镇街道的报告生成了没有"),
    Guide("summary", "写半年和年终总结", "乡镇经办、成员单位联络员、分管领导、区级", "一份总结：蓝底的数字由系统填写"),
    Guide("accounts", "建账号、换岗、重置密码", "系统管理员", "一个账号的页面：任职后面是换岗，下面是重置密码和停用"),
    Guide("ledger", "查操作记录、校验账本", "审计员", "操作记录封签：一天一枚，写着到哪天、多少条，可以校验"),
)

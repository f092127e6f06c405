"""What a browser calls itself, in words its owner knows it by."""

# The first mark that is found counts: most browsers also call themselves by the names of others.
SYSTEMS = (
    ("iPhone", "苹果手机"),
    ("iPad", "苹果平板"),
    ("HarmonyOS", "鸿蒙设备"),
    ("Android", "安卓手机"),
    ("UOS", "统信电脑"),
    ("Kylin", "麒麟电脑"),
    ("Windows NT 6.1", "Windows 7 电脑"),
    ("Windows", "Windows 电脑"),
    ("Mac OS X", "苹果电脑"),
    ("Linux", "Linux 电脑"),
)
BROWSERS = (
    ("MicroMessenger", "微信"),
    ("360", "360 浏览器"),
    ("QIHU", "360 浏览器"),
    ("QQBrowser", "QQ 浏览器"),
    ("UBrowser", "UC 浏览器"),
    ("UCBrowser", "UC 浏览器"),
    ("Edg", "Edge"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)


def words(agent: str) -> str:
    """`Windows 电脑，Edge`; what is not known is said to be so."""
    found = [next((word for mark, word in names if mark in agent), "") for names in (SYSTEMS, BROWSERS)]
    return "，".join(word for word in found if word) or "认不出的浏览器"

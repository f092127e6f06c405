import pytest

from villages import pinyin


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("冉光明", {"rgm"}),
        ("覃世明", {"qsm", "tsm"}),
        ("庹先琼", {"txq"}),
        ("龚素芳", {"gsf"}),
        ("向兴国", {"xxg"}),
        ("单淑芬", {"ssf", "dsf"}),
        ("曾国良", {"zgl", "cgl"}),
        ("解放", {"xf", "jf"}),
        ("仇英", {"qy", "cy"}),
        ("翟明", {"zm", "dm"}),
        ("查良", {"zl", "cl"}),
        ("盖明", {"gm"}),
        ("朴正", {"pz"}),
        ("区明", {"om", "qm"}),
        ("乐明", {"ym", "lm"}),
        ("缪明", {"mm"}),
        ("尉迟明", {"ycm", "wcm"}),
        ("欧阳娜", {"oyn"}),
    ],
)
def test_a_name_is_typed_by_the_surname_table_and_by_the_dictionary(name: str, typed: set[str]) -> None:
    assert typed <= set(pinyin.initials(name))


def test_the_surname_reading_stands_first() -> None:
    assert pinyin.initials("单淑芬")[0] == "ssf"


def test_a_given_name_is_not_read_as_a_surname() -> None:
    assert pinyin.syllables("张单")[1][0] == "dan"


def test_later_characters_have_all_their_readings() -> None:
    assert {"lz", "lc"} <= set(pinyin.initials("李长"))


def test_two_characters_of_a_compound_surname_alone_are_surname_and_name() -> None:
    assert pinyin.syllables("欧阳") == [["ou"], ["yang"]]


def test_variants_are_bounded() -> None:
    assert len(pinyin.initials("单长乐曾解仇查区行重")) <= pinyin.MOST_VARIANTS


def test_syllables_have_no_tones_and_no_umlaut() -> None:
    assert pinyin.syllables("吕绿")[0] == ["lv"]


@pytest.mark.parametrize("name", ["", " ", "·", "𪚥", "冉𪚥明", "\ue000", "冉\ue000明", "A１", "?？", "\U00030000"])
def test_odd_names_are_read_without_complaint(name: str) -> None:
    assert all(letters.isascii() and letters.isalpha() for letters in pinyin.initials(name))
    assert isinstance(pinyin.sort_key(name), str)


def test_a_character_without_a_reading_is_left_out_of_what_is_typed() -> None:
    assert pinyin.initials("冉\U00030000明") == ["rm"]


def test_full_width_letters_and_spaces_are_folded() -> None:
    assert pinyin.initials("冉 Ａ明") == ["ram"]


def test_sort_key_orders_as_a_register_does() -> None:
    names = ["曾国良", "张三丰", "李明", "单淑芬", "张三", "冉光明"]

    ordered = sorted(names, key=pinyin.sort_key)

    assert ordered == ["李明", "冉光明", "单淑芬", "曾国良", "张三", "张三丰"]


def test_character_readings_hold_both_uses_of_a_character() -> None:
    readings = pinyin.character_readings(["单淑芬", "张单"])

    assert {"shan", "dan"} <= set(readings["单"].split())
    assert readings["张"] == "zhang"


def test_a_very_long_name_fits_the_register() -> None:
    name = "冉长乐重行" * 8

    assert len(" ".join(pinyin.initials(name))) <= 200
    assert len(pinyin.sort_key(name)) <= 120


def test_any_words_have_first_letters() -> None:
    assert pinyin.first_letters("参加公共劳动/投工投劳") == "cjggldtgtl"


def test_readings_of_words_are_not_loaded():
    """They are never asked and take 45 MB in each process."""
    from pypinyin.constants import PHRASES_DICT

    assert PHRASES_DICT == {}

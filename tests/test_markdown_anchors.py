"""What Joplin calls a heading in `#...`: the tests of @joplin/fork-uslug 2.0.3, and more that it gave."""

from __future__ import annotations

import pytest

from extractor.markdown.anchors import slug

GREEK = "Ελληνικά"


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("", ""),
        ("The \u212b symbol by A. J. \u00c5ngstr\u00f6m (1814, L\u00f6gd\u00f6, \u2013 1874): 10\u207b\u00b9\u2070 m.",
         "the-å-symbol-by-a-j-ångström-1814-lögdö-1874-1010-m"),
        ("Быстрее и лучше!", "быстрее-и-лучше"),
        ('xx x  - "#$@ x', "xx-x-x"),
        ("Bän...g (bang)", "bäng-bang"),
        (GREEK, GREEK.lower()),
        (f"{GREEK} - {GREEK}", f"{GREEK}-{GREEK}".lower()),
        ("    a ", "a"),
        ("tags/", "tags"),
        ("y_u_no", "y_u_no"),
        ("x荿", "x荿"),
        ("¿x", "x"),
        ("汉语/漢語", "汉语漢語"),
        ("เแโ|ใไ", "เแโใไ"),
        ("日本語ドキュメンテ(ーション)", "日本語ドキュメンテーション"),
        ("一二三四五六七八九十！。。。", "一二三四五六七八九十"),
        ("संसद में काम नहीं तो वेतन क्यों?", "संसद-में-काम-नहीं-तो-वेतन-क्यों"),
        ("オバマ大統領が協力するように、してください！", "オバマ大統領が協力するように-してください"),
        ("일본정부 법무대신(法務大臣): 우리는", "일본정부-법무대신法務大臣-우리는"),
        ("😁", "grin"),
        ("😁a", "grina"),
        ("🐶🐶🐶🐱", "dogdogdogcat"),
        ("⚙️ Settings", "gear-settings"),
        ("👍🏽 up", "up"),
        ("🇩🇪 de", "flag-de-de"),
        ("𝗞𝗮𝗳𝗸𝗮 ﬁne", "kafka-fine"),
        ("C++ / C# — `std::vector`", "c-c-stdvector"),
        ("a\tb", "ab"),
    ],
)  # fmt: skip
def test_slug(title, expected):
    assert slug(title) == expected

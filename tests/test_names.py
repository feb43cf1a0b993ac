"""Names as people type them."""

from __future__ import annotations

from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractor.names import alike, did_you_mean, folded, matching, nearest


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("übersicht straße", "Übersicht Straße"),
        ("ubersicht strasse", "Übersicht Straße"),
        ("ÜBERSICHT STRASSE", "Übersicht Straße"),
        ("U\u0308bersicht", "Übersicht"),  # as macOS writes it
        ("cafe", "Café"),
        ("kafka", "𝗞𝗮𝗳𝗸𝗮"),
        ("𝗞𝗮𝗳𝗸𝗮", "kafka"),
        ("apache kafka", "𝐀𝐩𝐚𝐜𝐡𝐞  𝙆𝙖𝙛𝙠𝙖"),
        ("wifi", "ＷｉＦｉ"),
        ("file", "ﬁle"),
        ("istanbul", "İstanbul"),
        ("ΣΊΣΥΦΟΣ", "Σίσυφος"),
        ("ὀδυσσευς", "Ὀδυσσεύς"),
        ("йога", "ЙОГА"),
        ("❤ links", "❤️ Links"),  # with and without the selector that colours it
        ("soft", "so\u00adft"),
        ("reading list", " Reading \t List "),
        ("한국", "\u1112\u1161\u11ab\u1100\u116e\u11a8"),
        ("ガ", "ｶﾞ"),
    ],
)
def test_one_name_however_it_is_typed(typed, name):
    assert matching(typed, ["something else", name]) == [1]
    assert matching(name, [typed, "something else"]) == [0]


@pytest.mark.parametrize(
    ("typed", "name"),
    [("か", "が"), ("Kafk", "Kafka"), ("Kafka notes", "Kafka"), ("a-b", "ab"), ("", ""), (" ", "a"), ("́", "a")],
)
def test_other_names(typed, name):
    assert matching(typed, [name]) == []


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Resume", ["Resume"]),
        ("Résumé", ["Résumé"]),
        ("résumé", ["Résumé"]),
        ("resume", ["Resume"]),
        ("RÉSUMÉ", ["Résumé"]),
        ("rèsume", ["Resume", "Résumé"]),
        ("one", ["ONE", "One"]),
        ("One", ["One"]),
    ],
)
def test_the_closest_form_wins(typed, meant):
    names = ["Resume", "Résumé", "ONE", "One"]
    assert [names[place] for place in matching(typed, names)] == meant


def test_what_many_may_be_called():
    names = ["Kafka", "kafka", "Résumé", "RÉSUMÉ", "Resume"]
    assert alike("KAFKA", names) == alike("Kafka", names) == [0, 1]
    assert alike("résumé", names) == [2, 3]
    assert alike("resume", names) == [4]
    assert alike("resümé", names) == [2, 3, 4]
    assert alike("", names) == []


def test_parts_count_only_where_they_are_asked_for_and_no_whole_name_is_meant():
    names = ["Straßen", "Die Straße", "Strasse"]
    assert matching("strasse", names) == [2]
    assert matching("stra", names) == []
    assert matching("STRA", names, parts=True) == [0, 1, 2]
    assert matching("die", names, parts=True) == [1]


TITLES = ["Kafka", "Kafka Streams", "Messaging with Kafka", "Reading list", "Übersicht Straße", "Rust", "Linux", "Zsh"]


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("kafak", ["Kafka", "Kafka Streams", "Messaging with Kafka"]),
        ("messaging", ["Messaging with Kafka"]),
        ("readinglist", ["Reading list"]),
        ("ubersicht strase", ["Übersicht Straße"]),
        ("rsut", ["Rust"]),
        ("nothing like it", []),
        ("", []),
    ],
)
def test_nearest(typed, offered):
    assert nearest(typed, TITLES) == offered


def test_the_question():
    assert did_you_mean("kafak", TITLES) == "Did you mean 'Kafka', 'Kafka Streams' or 'Messaging with Kafka'?"
    assert did_you_mean("rsut", TITLES) == "Did you mean 'Rust'?"
    assert did_you_mean("nothing like it", TITLES) == ""


@given(st.text())
def test_folding(name):
    once = folded(name)
    assert folded(once) == once
    assert folded(normalize("NFD", name)) == folded(normalize("NFC", name)) == once
    assert once.isascii() is False or once == once.lower()


@given(
    st.text(alphabet=st.characters(categories=["Lu", "Ll"], max_codepoint=0x24F, exclude_characters="ı"), max_size=9)
)
def test_case_and_accents_are_nothing(name):
    assert folded(name.upper()) == folded(name) == folded(name + "\u0301" if name else name)

"""Paths of headings that are typed: what they mean, and what else may have been meant, of many."""

from __future__ import annotations

import pytest

from extractor.catalogue.queries.typed_names import meant_by, typed_paths
from extractor.names import nearest

PATHS = (
    *(
        "Messaging › Kafka",
        "Messaging › Kafka › Streams",
        "Messaging › RabbitMQ",
        "Tools › Kafka",
        "Übersicht › Straße",
    ),
    *("Rock › AC/DC", "Rock › AC/DC › Live", "Lost › Found › Deep", " › Kafka"),
)
ALL = sorted({*PATHS, "Messaging", "Tools", "Übersicht", "Rock", "Lost", "Lost › Found", ""})


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("messaging/kafka", ["Messaging › Kafka"]),
        ("Messaging › RabbitMQ", ["Messaging › RabbitMQ"]),
        ("ubersicht / strasse", ["Übersicht › Straße"]),
        ("kafka", [" › Kafka", "Messaging › Kafka", "Tools › Kafka"]),
        ("ac/dc", ["Rock › AC/DC"]),
        ("rock/ac/dc", ["Rock › AC/DC"]),
        ("found", ["Lost › Found"]),
        ("tools", ["Tools"]),
        ("streams/kafka", []),
        ("kafak", []),
        ("", []),
    ],
)
def test_what_is_meant_is_what_is_meant_among_all_paths(typed: str, meant: list[str]) -> None:
    assert typed_paths(PATHS).meant(typed) == meant == meant_by(typed, ALL)


@pytest.mark.parametrize(
    "typed", ["kafak", "mesaging/kafka", "Mesaging › Kafak", "messaging kafka", "strase", "ac-dc", "founf", "zzz", ""]
)
def test_what_is_offered_is_what_is_offered_of_all_paths(typed: str) -> None:
    assert nearest(typed, typed_paths(PATHS).like(typed)) == nearest(typed, ALL)


def test_a_title_that_many_paths_have_is_compared_in_the_shortest_of_them() -> None:
    paths = [f"Chapter {number} › Kafka › Part {number}" for number in range(2000)]
    like = typed_paths(paths).like("kafak")
    assert len(like) == 300
    assert nearest("chapter 7/kafak", typed_paths(paths).like("chapter 7/kafak"))[0] == "Chapter 7 › Kafka"

"""Whiteboards: what stands on their cards is in the note; any JSON whatever is read or is code."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from thorough import examples

from extractor.markdown import Document, Follower, parse
from extractor.markdown.whiteboard import groups_of

ID = "1b1b2c3d4e5f60718293a4b5c6d7e8f9"


def card(kind: str, content: str, x: float = 0, y: float = 0, size: float = 10, **more: object) -> dict[str, object]:
    field = {"text": "text", "link": "url", "file": "file", "group": "label"}[kind]
    return {"type": kind, field: content, "x": x, "y": y, "width": size, "height": size, **more}


def fenced(*nodes: object, info: str = "jsoncanvas") -> str:
    return f"```{info}\n{json.dumps({'nodes': nodes, 'edges': [{'fromNode': 'a', 'toNode': 'b'}]})}\n```"


def shown(document: Document) -> tuple[list[str], list[tuple[str, str, str | None]]]:
    paths = [" > ".join(heading.path) for heading in document.headings]
    return paths, [
        (link.text, link.url, None if link.section is None else paths[link.section]) for link in document.links
    ]


def test_the_cards_of_a_note():
    """As Joplin 3.7 writes it: six links, the heading of a text card, and what comes after stands where it stood."""
    body = "\n\n".join([
        "# Harbour",
        "Some intro with [a plain link](https://plain.example/one).",
        fenced(
            card("text", "# Cranes\n\nRead [the manual](https://crane.example/manual) and https://bare.example/tide"),
            card("link", "https://canvas.example/page", y=200),
            card("file", f":/{ID}", x=300),
            card("file", "https://files.example/plan.pdf", x=300, y=200),
        ),
        "[after](https://after.example/)",
    ])  # fmt: skip
    document = parse(body)
    assert shown(document) == (
        ["Harbour", "Harbour > Cranes"],
        [
            ("a plain link", "https://plain.example/one", "Harbour"),
            ("the manual", "https://crane.example/manual", "Harbour > Cranes"),
            ("https://bare.example/tide", "https://bare.example/tide", "Harbour > Cranes"),
            ("", f":/{ID}", "Harbour"),
            ("", "https://canvas.example/page", "Harbour"),
            ("", "https://files.example/plan.pdf", "Harbour"),
            ("after", "https://after.example/", "Harbour"),
        ],
    )
    assert [link.line for link in document.links] == [3, 5, 5, 5, 5, 5, 9]
    assert [link.target for link in document.links][3:5] == ["note", "web"]
    assert [heading.line for heading in document.headings] == [1, 5]


def test_the_cards_of_a_group_stand_under_its_label():
    board = fenced(
        card("text", "[c](3)", x=50),
        card("group", " To \n read", size=30),
        card("text", "## In\n[b](2)", x=20, y=20, size=5),
        card("text", "[a](1)", x=10, y=1, size=5),
        card("group", "Small", x=2, y=40),
        card("text", "[d](4)", x=4, y=42, size=1),
        card("group", "Large", y=39, size=40),
    )
    assert shown(parse(board)) == (
        ["To read", "To read > In", "Large", "Small"],
        [
            ("a", "1", "To read"),
            ("b", "2", "To read > In"),
            ("c", "3", None),
            ("d", "4", "Small"),
        ],
    )


@pytest.mark.parametrize(
    ("board", "links"),
    [
        (fenced(card("link", "https://a.b"), info="json"), []),
        (fenced(card("link", "https://a.b"), info="jsoncanvas x"), ["https://a.b"]),
        ('~~~jsoncanvas\n{"nodes": [{"type": "link", "url": "https://a.b"}]}\n~~~', ["https://a.b"]),
        ('- x\n  ```jsoncanvas\n  {"nodes": [{"type": "link", "url": "https://a.b"}]}\n  ```', ["https://a.b"]),
        ('```jsoncanvas\n{"nodes": [{"type": "link", "url": "https://a.b"\n```', []),
        ("```jsoncanvas\n" + "[" * 100_000 + "\n```", []),
        ('```jsoncanvas\n{"nodes": {}}\n```', []),
        ("```jsoncanvas\n3\n```", []),
        (fenced(card("link", "javascript:a"), card("link", " "), card("link", " https://a.b ")), ["https://a.b"]),
        (fenced(card("file", "folder/plan.pdf"), card("file", f":/{ID}", subpath="#part")), [f":/{ID}#part"]),
        (fenced(card("text", "[r] x[^1]\n\n[r]: b\n\n[^1]: [n](m)"), card("text", "[r] [^1]", y=1)), ["b", "m"]),
        (fenced(card("text", fenced(card("link", "https://a.b")))), []),
        (fenced(card("text", '<svg><title/></svg><a href="b"><div>c</div></a>')), ["b"]),
        (fenced(card("text", "[b](2)", y=float("nan")), card("text", "[a](1)", y=-1)), ["1", "2"]),
        (fenced(card("text", "[a](1)", y=10**400), {"type": "text"}, {"type": []}, 1, None, []), ["1"]),
    ],
)  # fmt: skip
def test_what_is_a_link(board, links):
    assert [link.url for link in parse(board).links] == links


def test_definitions_do_not_leave_their_card():
    assert [link.url for link in parse(fenced(card("text", "[r]: b\n\n[^1]: [n](m)")) + "\n\n[r] x[^1]").links] == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from(["text", "group"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["nodes", "type", "text", "url", "file", "label", "x", "y", "width", "subpath"]), inner
        )
    ),
    max_leaves=12,
)


@settings(max_examples=examples(300))
@given(JSON, JSON)
def test_any_json(value, node):
    for content in (value, {"nodes": value}, {"nodes": [node, value]}):
        groups_of(json.dumps(content))
        document = parse(f"# A\n\n```jsoncanvas\n{json.dumps(content)}\n```\n\n# B")
        assert [document.headings[0].title, document.headings[-1].title] == ["A", "B"]


def test_many_cards_take_linear_time():
    nodes = [card("group", f"g{n}", x=n * 20) for n in range(3000)] + [card("text", "a") for _ in range(3000)]
    assert len(parse(fenced(*nodes)).headings) == 3000


def test_a_board_that_comes_and_goes_is_followed():
    board = fenced(card("text", "# C\n[a](b)"), card("group", "G", x=50))
    follower = Follower()
    for body in (
        f"# A\n\n{board}\n\n# B\n[c](d)\n\n## E\n\n[f](g)",
        f"# A\n\n{board[:-3]}\n\n# B\n[c](d)\n\n## E\n\n[f](g)",
        f"# A\n\ntext\n\n{board}\n\n# B\n[c](d)\n\n## E\n\n[f](g)",
        "# A\n\n# B\n[c](d)\n\n## E\n\n[f](g)",
        f"{board}\n\n# A\n\n# B\n[c](d)\n\n## E\n\n{board}\n\n[f](g)",
        f"# A\n\n# B\n[c](d)\n\n## E\n\n{board}\n\n[f](g)",
    ):
        assert follower.follow(body) == parse(body)

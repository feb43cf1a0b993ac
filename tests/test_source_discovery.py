"""The profiles of this machine."""

from __future__ import annotations

import json

import pytest

from extractor.errors import SourceNotFound
from extractor.sources.discovery import find_profiles, select_profile

DEFAULT = {"id": "default", "name": "Default"}
WORK = {"id": "a1b2c3d4", "name": "Work"}


def lay_out(home, *folders, config=None):
    for folder in folders:
        (home / folder).mkdir(parents=True)
        (home / folder / "database.sqlite").write_bytes(b"")
    if config is not None:
        text = config if isinstance(config, str) else json.dumps(config)
        (home / ".config/joplin-desktop/profiles.json").write_text(text)


def labels(home, **environ):
    return [
        (profile.label, profile.path.relative_to(home).as_posix(), profile.current)
        for profile in find_profiles(home, environ, here=home / "here")
    ]


@pytest.mark.parametrize(
    ("folders", "found"),
    [
        ([".config/joplin-desktop"], [("desktop: Default", ".config/joplin-desktop", True)]),
        ([".config/joplin"], [("terminal: Default", ".config/joplin", True)]),
        ([".config/joplin-desktop-beta"], [("desktop: Default", ".config/joplin-desktop-beta", True)]),
        (["here/JoplinProfile"], [("portable: Default", "here/JoplinProfile", True)]),
        (
            ["snap/joplin-desktop/current/.config/joplin-desktop"],
            [("desktop: Default", "snap/joplin-desktop/current/.config/joplin-desktop", True)],
        ),
        (
            [".config/joplin", ".config/joplin-desktop"],
            [("desktop: Default", ".config/joplin-desktop", True), ("terminal: Default", ".config/joplin", True)],
        ),
    ],
)
def test_profiles_are_found_where_the_apps_keep_them(tmp_path, folders, found):
    lay_out(tmp_path, *folders)
    assert labels(tmp_path) == found


def test_the_portable_app_says_where_it_lies(tmp_path):
    lay_out(tmp_path, "stick/JoplinProfile")
    found = labels(tmp_path, PORTABLE_EXECUTABLE_DIR=str(tmp_path / "stick"))
    assert found == [("portable: Default", "stick/JoplinProfile", True)]


BOTH = [
    ("desktop: Default", ".config/joplin-desktop", False),
    ("desktop: Work", ".config/joplin-desktop/profile-a1b2c3d4", True),
]
ROOT_ONLY = [("desktop: Default", ".config/joplin-desktop", True)]


@pytest.mark.parametrize(
    ("config", "found"),
    [
        ({"version": 2, "currentProfileId": "a1b2c3d4", "profiles": [DEFAULT, WORK]}, BOTH),
        (
            {
                "version": 1,
                "currentProfile": 1,
                "profiles": [{"name": "Default", "path": "."}, {"name": "Work", "path": "profile-a1b2c3d4"}],
            },
            BOTH,
        ),
        ({"version": 2, "currentProfileId": "default", "profiles": [DEFAULT, {"id": "gone", "name": "x"}]}, ROOT_ONLY),
        ({"version": 2, "profiles": [DEFAULT, {"id": "../../../etc", "name": "x"}, None, 3, {}]}, ROOT_ONLY),
        ({"version": 2, "profiles": 3}, ROOT_ONLY),
        ([], ROOT_ONLY),
        ("{", ROOT_ONLY),
        ("[" * 100_000, ROOT_ONLY),
    ],
)
def test_profiles_json_names_the_others(tmp_path, config, found):
    lay_out(tmp_path, ".config/joplin-desktop", ".config/joplin-desktop/profile-a1b2c3d4", config=config)
    assert labels(tmp_path) == found


def test_nothing_found_says_where_it_looked(tmp_path):
    with pytest.raises(SourceNotFound) as raised:
        find_profiles(tmp_path, {}, here=tmp_path)
    for place in (".config/joplin-desktop", ".config/joplin", "JoplinProfile"):
        assert str(tmp_path / place) in raised.value.message


@pytest.mark.parametrize(
    ("name", "chosen"),
    [
        ("Work", "desktop: Work"),
        ("WORK", "desktop: Work"),
        ("profile-a1b2c3d4", "desktop: Work"),
        ("terminal", "terminal: Default"),
        ("terminal: default", "terminal: Default"),
        ("joplin-desktop", "desktop: Default"),
        ("Default", None),
        ("Play", None),
        (None, None),
    ],
)
def test_one_of_several_is_chosen_by_name(tmp_path, name, chosen):
    lay_out(
        tmp_path,
        ".config/joplin-desktop",
        ".config/joplin-desktop/profile-a1b2c3d4",
        ".config/joplin",
        config={"version": 2, "currentProfileId": "default", "profiles": [DEFAULT, WORK]},
    )
    profiles = find_profiles(tmp_path, {}, here=tmp_path)
    if chosen is not None:
        assert select_profile(profiles, name).label == chosen
        return
    with pytest.raises(SourceNotFound, match=r"desktop: Default.*desktop: Work.*terminal: Default") as raised:
        select_profile(profiles, name)
    assert "--profile-name" in raised.value.hint


def test_the_only_profile_needs_no_name(tmp_path):
    lay_out(tmp_path, ".config/joplin")
    assert select_profile(find_profiles(tmp_path, {}, here=tmp_path)).label == "terminal: Default"

"""Settings: where they come from, which comes first, and which are refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from anitrakt_plan.errors import BadUsage, ExitCode
from anitrakt_plan.http import RateLimit
from anitrakt_plan.settings import Settings, load_settings, parse_rate_limit


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    (home / "config").mkdir(parents=True)
    return home


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    return folder


def load(home: Path, project: Path, **environment: str) -> Settings:
    return load_settings({"ANITRAKT_HOME": str(home), **environment}, project)


def write(folder: Path, text: str) -> None:
    (folder / "anitrakt.toml").write_text(text, encoding="utf-8")


def test_without_anything_set_the_real_services_and_their_paces_are_used(home: Path, project: Path) -> None:
    settings = load(home, project)

    assert settings.trakt_url == "https://api.trakt.tv"
    assert settings.trakt_auth_url == "https://auth.trakt.tv"
    assert settings.trakt_get_limit == RateLimit(450, 300)
    assert settings.trakt_write_limit == RateLimit(1, 1)
    assert settings.endpoints["anilist"].limit == RateLimit(25, 60, even=True)
    assert settings.trakt_settle == 120
    assert settings.trakt_client_id is None
    assert not settings.sandbox


def test_the_environment_wins_over_the_project_and_the_project_over_the_user(
    home: Path, project: Path
) -> None:
    write(home / "config", 'trakt_get_limit = "1/1"\ntrakt_write_limit = "2/2"\nmal_limit = "3/3"\n')
    write(project, 'trakt_get_limit = "4/4"\ntrakt_write_limit = "5/5"\n')

    settings = load(home, project, ANITRAKT_TRAKT_GET_LIMIT="6/6")

    assert settings.trakt_get_limit == RateLimit(6, 6)
    assert settings.trakt_write_limit == RateLimit(5, 5)
    assert settings.endpoints["mal"].limit == RateLimit(3, 3, even=True)


def test_one_home_holds_all_folders_and_the_journal_can_be_elsewhere(home: Path, project: Path) -> None:
    settings = load(home, project, ANITRAKT_JOURNAL=str(project / "journal"))

    assert settings.folders.config == home / "config"
    assert settings.folders.tokens == home / "config" / "tokens.json"
    assert settings.folders.http_cache == home / "cache" / "answers.sqlite"
    assert settings.folders.state == home / "state"
    assert settings.folders.journal == project / "journal"
    assert load(home, project).folders.journal == home / "state" / "journal"


def test_an_empty_variable_counts_as_not_set_and_spaces_around_a_value_do_not_matter(
    home: Path, project: Path
) -> None:
    settings = load(home, project, ANITRAKT_TRAKT_CLIENT_ID="", ANITRAKT_TRAKT_TOKEN=" abc\n")

    assert settings.trakt_client_id is None
    assert settings.trakt_token == "abc"


def test_a_secret_may_stand_in_the_users_own_file(home: Path, project: Path) -> None:
    write(home / "config", 'trakt_client_secret = "hush"\n')

    assert load(home, project).trakt_client_secret == "hush"


@pytest.mark.parametrize("name", ["trakt_client_secret", "trakt_token", "anilist_token", "mal_token"])
def test_a_secret_in_the_projects_file_is_refused_and_not_shown(home: Path, project: Path, name: str) -> None:
    write(project, f'{name} = "hush-hush"\n')

    with pytest.raises(BadUsage) as caught:
        load(home, project)

    assert caught.value.exit_code is ExitCode.USAGE
    assert f"ANITRAKT_{name.upper()}" in str(caught.value)
    assert "hush-hush" not in str(caught.value)


@pytest.mark.parametrize("name", ["trakt_url", "trakt_auth_url", "anilist_url", "mal_url"])
def test_the_projects_file_can_not_say_where_keys_are_sent(home: Path, project: Path, name: str) -> None:
    write(project, f'{name} = "https://elsewhere.example"\n')

    with pytest.raises(BadUsage, match="where keys are sent"):
        load(home, project)


def test_the_projects_file_may_name_its_id_maps(home: Path, project: Path) -> None:
    write(project, 'idmap_url = "https://maps.example/folder"\n')

    assert load(home, project).idmap_url == "https://maps.example/folder"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("trakt_urll = 'x'", "there is no setting `trakt_urll`"),
        ("trakt_settle = [1]", "`trakt_settle` is not a text or a number"),
        ("trakt_settle = 1 1", "not valid TOML"),
        ("[trakt]\nurl = 'x'", "there is no setting `trakt`"),
    ],
)
def test_a_mistake_in_a_settings_file_names_the_file(
    home: Path, project: Path, text: str, words: str
) -> None:
    write(project, text)

    with pytest.raises(BadUsage) as caught:
        load(home, project)

    assert words in str(caught.value)
    assert str(project / "anitrakt.toml") in str(caught.value)


def test_a_settings_file_that_is_no_text_is_a_plain_sentence(home: Path, project: Path) -> None:
    (project / "anitrakt.toml").write_bytes(b"\xff\xfe\x00")

    with pytest.raises(BadUsage, match="can't be read"):
        load(home, project)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TRAKT_GET_LIMIT", "450"),
        ("TRAKT_GET_LIMIT", "0/1"),
        ("TRAKT_GET_LIMIT", "1/0"),
        ("TRAKT_GET_LIMIT", "-1/1"),
        ("TRAKT_GET_LIMIT", "nan/1"),
        ("TRAKT_GET_LIMIT", "inf/1"),
        ("TRAKT_SETTLE", "soon"),
        ("TRAKT_SETTLE", "-1"),
        ("TRAKT_SETTLE", "nan"),
        ("SANDBOX", "maybe"),
        ("TRAKT_URL", "api.trakt.tv"),
        ("TRAKT_URL", "ftp://api.trakt.tv"),
        ("TRAKT_URL", "https://name:word@api.trakt.tv"),
        ("TRAKT_URL", "https://api.trakt.tv?x=1"),
        ("TRAKT_URL", "https://api.trakt.tv:port"),
        ("IDMAP_URL", "maps"),
    ],
)
def test_a_value_that_does_not_fit_is_named_by_its_variable(
    home: Path, project: Path, name: str, value: str
) -> None:
    with pytest.raises(BadUsage) as caught:
        load(home, project, **{f"ANITRAKT_{name}": value})

    assert caught.value.where == f"ANITRAKT_{name}"


@pytest.mark.parametrize("value", ["two words", "line\nbreak", "schlüssel", "nul\0"])
def test_a_key_that_can_not_be_one_is_refused_without_being_shown(
    home: Path, project: Path, value: str
) -> None:
    with pytest.raises(BadUsage) as caught:
        load(home, project, ANITRAKT_TRAKT_TOKEN=value)

    assert caught.value.where == "ANITRAKT_TRAKT_TOKEN"
    assert value not in str(caught.value)


@pytest.mark.parametrize(
    ("value", "on"), [("1", True), ("true", True), ("YES", True), ("0", False), ("no", False)]
)
def test_the_sandbox_is_switched_by_usual_words(home: Path, project: Path, value: str, on: bool) -> None:
    assert load(home, project, ANITRAKT_SANDBOX=value).sandbox is on


def test_a_packager_may_fill_in_a_client_id_and_the_user_may_still_bring_one(
    home: Path, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("anitrakt_plan.settings.PACKAGED_TRAKT_CLIENT_ID", "packaged")

    assert load(home, project).trakt_client_id == "packaged"
    assert load(home, project, ANITRAKT_TRAKT_CLIENT_ID="mine").trakt_client_id == "mine"


def test_no_key_shows_when_the_settings_are_printed(home: Path, project: Path) -> None:
    names = (
        "TRAKT_CLIENT_ID",
        "TRAKT_CLIENT_SECRET",
        "TRAKT_TOKEN",
        "MAL_CLIENT_ID",
        "MAL_TOKEN",
        "ANILIST_TOKEN",
    )

    settings = load(home, project, **{f"ANITRAKT_{name}": "hush-hush" for name in names})

    assert settings.trakt_token == "hush-hush"
    assert "hush-hush" not in repr(settings)


@pytest.mark.parametrize(
    ("text", "even", "rate"),
    [
        ("450/300", False, (450, 300_000)),
        ("1/1", False, (1, 1000)),
        ("25/60", True, (1, 2400)),
        ("0.5/1", False, (1, 2000)),
        ("2.5/10", False, (1, 4000)),
        ("1000/0.5", False, (1000, 500)),
        ("1/0.0001", False, (1, 1)),
    ],
)
def test_a_pace_is_a_whole_number_of_requests_in_whole_milliseconds(
    text: str, even: bool, rate: tuple[int, int]
) -> None:
    assert replace(parse_rate_limit("ANITRAKT_TRAKT_GET_LIMIT", text), even=even).rate == rate

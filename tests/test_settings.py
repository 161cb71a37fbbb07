"""Settings: where they come from, which comes first, and which are refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from anitrakt_plan.errors import BadUsage, ExitCode
from anitrakt_plan.http import RateLimit
from anitrakt_plan.project import PLAN_FLAGS
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


def test_the_environment_wins_over_the_persons_own_file(home: Path, project: Path) -> None:
    write(home / "config", 'trakt_get_limit = "1/1"\ntrakt_write_limit = "2/2"\nmal_limit = "3/3"\n')

    settings = load(home, project, ANITRAKT_TRAKT_GET_LIMIT="6/6")

    assert settings.trakt_get_limit == RateLimit(6, 6)
    assert settings.trakt_write_limit == RateLimit(2, 2)
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


# --- a folder's file is somebody else's word ---

NAMES = {
    **dict.fromkeys(
        ("trakt_client_id", "trakt_client_secret", "trakt_token", "mal_client_id"), '"hush-hush"'
    ),
    **dict.fromkeys(("anilist_token", "mal_token", "tmdb_token"), '"hush-hush"'),
    **dict.fromkeys(
        ("trakt_url", "trakt_auth_url", "anilist_url", "mal_url", "tmdb_url"), '"https://elsewhere.example"'
    ),
    "idmap_url": '"https://maps.example/folder"',
    **dict.fromkeys(
        ("trakt_get_limit", "trakt_write_limit", "anilist_limit", "mal_limit", "tmdb_limit"), '"1000/1"'
    ),
    "trakt_settle": "0",
    "sandbox": "true",
    "home": '"elsewhere"',
    "journal": '"elsewhere"',
}
"""Every setting, with a value that would do."""


def test_the_table_of_settings_is_whole(home: Path, project: Path) -> None:
    write(home / "config", "no_such = 1\n")

    with pytest.raises(BadUsage) as caught:
        load(home, project)

    assert caught.value.todo == f"Known: {', '.join(sorted({*NAMES, *PLAN_FLAGS}))}."


@pytest.mark.parametrize(("name", "value"), NAMES.items())
def test_a_folders_file_can_set_nothing_that_settings_are(
    home: Path, project: Path, name: str, value: str
) -> None:
    write(project, f"# ours\n\n  {name} = {value}\n")

    with pytest.raises(BadUsage) as caught:
        load(home, project)

    own_file = str(home / "config" / "anitrakt.toml")
    assert caught.value.exit_code is ExitCode.USAGE
    assert f"`{name}` can't be set" in caught.value.what
    assert caught.value.where == f"{project / 'anitrakt.toml'}, line 3"
    assert f"ANITRAKT_{name.upper()}" in (caught.value.todo or "")
    assert (own_file in (caught.value.todo or "")) is (name not in ("home", "journal"))
    assert "hush-hush" not in str(caught.value)


@pytest.mark.parametrize(("name", "value"), NAMES.items())
def test_the_persons_own_file_can_set_everything(home: Path, project: Path, name: str, value: str) -> None:
    write(home / "config", f"{name} = {value}\n")

    assert load(home, project) != load_settings({"ANITRAKT_HOME": str(project)}, project)


@pytest.mark.parametrize(
    ("text", "words", "line"),
    [
        ("trakt_urll = 'x'", "there is no setting `trakt_urll`", 1),
        ("\ufeff\r\n# x\r\nhome = 'x'\r\n", "`home` can't be set", 3),
        ("# first\n[trakt]\nurl = 'x'", "there is no setting `trakt`", 2),
        ("[[home]]\n", "`home` can't be set", 1),
        ('"home" = "x"', "`home` can't be set", 1),
        ('"\\u0068ome" = "x"', "this is no setting", 1),
        ("mal.url = 'x'", "`mal` can't be set so", 1),
        ("\x1b[31m", "this is no setting", 1),
        ("home" * 100, "there is no setting", 1),
        ("a = " + "[" * 5000, "there is no setting `a`", 1),
    ],
)
def test_whatever_stands_in_a_folders_file_is_a_mistake_with_its_line(
    home: Path, project: Path, text: str, words: str, line: int
) -> None:
    (project / "anitrakt.toml").write_bytes(text.encode())

    with pytest.raises(BadUsage) as caught:
        load(home, project)

    assert words in caught.value.what
    assert caught.value.where == f"{project / 'anitrakt.toml'}, line {line}"
    assert caught.value.what.isprintable()
    assert len(caught.value.what) < 150


FLAGS = (
    ("anilist", '"somebody"', None),
    ("mal", '"somebody"', None),
    ("list_file", '"list.xml.gz"', None),
    ("status", '["completed", "dropped"]', None),
    ("status", '"all"', None),
    ("dates", '"unknown"', None),
    ("ratings", '"off"', None),
    ("on_conflict", '"keep"', '"replace"'),
    ("rewatches", '"ignore"', '"count"'),
    ("auto_from", "0.995", "0.98"),
    ("no_date", '["2019-07-01", "2020"]', None),
    ("no_date", "2019-07-01", None),
    ("send", '"history"', '"history,watchlist"'),
    ("report", '"reports/new.md"', '"../new.md"'),
    ("report", '"report.html"', '"/tmp/new.md"'),
)
"""What a folder's file may say for a flag of `plan`, and what only the person's own may."""


@pytest.mark.parametrize(("name", "value", "wider"), FLAGS)
def test_a_folders_file_may_be_stricter_and_the_persons_own_wider(
    home: Path, project: Path, name: str, value: str, wider: str | None
) -> None:
    write(project, f"{name} = {value}\n")
    assert load(home, project).plan_flags.keys() == {name}

    if wider is not None:
        write(project, f"# ours\n{name} = {wider}\n")
        with pytest.raises(BadUsage, match=f"`{name}` can't be set so") as caught:
            load(home, project)
        assert caught.value.where == f"{project / 'anitrakt.toml'}, line 2"
        write(project, "")
        write(home / "config", f"{name} = {wider}\n")
        assert load(home, project).plan_flags[name] == wider.strip('"')


def test_every_flag_of_a_settings_file_is_in_that_table() -> None:
    assert {name for name, _, _ in FLAGS} == PLAN_FLAGS.keys()


@pytest.mark.parametrize(
    "line",
    [
        'dates = "sometimes"',
        "dates = ",
        "dates = true",
        "dates.finish = 1",
        'status = ""',
        'no_date = "soon"',
        "auto_from = nan",
        "auto_from = " + "[" * 5000,
        'report = "plan.yaml"',
        'report = ".github/report.md"',
        'report = "a/../../b.md"',
        'report = "C:\\\\report.md"',
        "include_private = true",
        'dates = "unknown"\ndates = "finish"',
    ],
)
def test_what_does_not_fit_a_flag_is_a_mistake_in_either_file(home: Path, project: Path, line: str) -> None:
    write(project, line)
    with pytest.raises(BadUsage) as caught:
        load(home, project)
    assert str(project / "anitrakt.toml") in (caught.value.where or "")

    if not line.startswith("report"):
        write(project, "")
        write(home / "config", line)
        with pytest.raises(BadUsage):
            load(home, project)


def test_a_folders_flag_comes_before_the_persons_own_and_says_whose_list_it_names(
    home: Path, project: Path
) -> None:
    write(home / "config", 'mal = "me"\ndates = "spread"\nratings = "off"\n')
    assert load(home, project).project is None

    write(project, 'anilist = "somebody"\ndates = "unknown"\n')

    settings = load(home, project)
    assert settings.plan_flags == {"anilist": "somebody", "dates": "unknown", "ratings": "off"}
    assert settings.project == project / "anitrakt.toml"


def test_a_report_through_a_link_that_leads_out_is_refused(
    home: Path, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project)
    (project / "out").symlink_to(home)
    write(project, 'report = "out/report.md"\n')

    with pytest.raises(BadUsage, match="`report` can't be set so"):
        load(home, project)


def test_a_folders_file_of_comments_does_no_harm(home: Path, project: Path) -> None:
    write(project, "# home = 'x'\n\n   # trakt_url = 'x'\n")

    assert load(home, project) == load(home, home)


def test_nothing_is_read_from_a_home_that_a_folder_names(home: Path, project: Path) -> None:
    (project / "home" / "config").mkdir(parents=True)
    write(project / "home" / "config", "nonsense")
    write(project, "home = 'home'\n")

    with pytest.raises(BadUsage, match="`home` can't be set"):
        load(home, project)


def test_the_config_folder_is_no_strangers(home: Path) -> None:
    write(home / "config", 'trakt_token = "hush"\n')

    assert load(home, home / "config").trakt_token == "hush"


def test_a_folders_file_that_is_none_is_refused(home: Path, project: Path) -> None:
    (project / "anitrakt.toml").mkdir()
    with pytest.raises(BadUsage, match="not a file"):
        load(home, project)

    (project / "anitrakt.toml").rmdir()
    write(project, "#" * 100_000)
    with pytest.raises(BadUsage, match="larger than 64 kB"):
        load(home, project)


# --- keys never leave in the clear ---


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("TRAKT_URL", "TRAKT_CLIENT_ID"),
        ("TRAKT_URL", "TRAKT_TOKEN"),
        ("TRAKT_AUTH_URL", "TRAKT_CLIENT_ID"),
        ("TRAKT_AUTH_URL", "TRAKT_CLIENT_SECRET"),
        ("ANILIST_URL", "ANILIST_TOKEN"),
        ("MAL_URL", "MAL_CLIENT_ID"),
        ("MAL_URL", "MAL_TOKEN"),
    ],
)
def test_a_key_is_not_sent_over_http_but_to_this_machine(
    home: Path, project: Path, address: str, key: str
) -> None:
    def at(url: str, **keys: str) -> Settings:
        return load(home, project, **{f"ANITRAKT_{address}": url}, **keys)

    hush = {f"ANITRAKT_{key}": "hush-hush"}
    for elsewhere in ("http://service.example", "HTTP://10.0.0.1:8080/v2", "http://localhost.example"):
        with pytest.raises(BadUsage, match="not sent over http://") as caught:
            at(elsewhere, **hush)
        assert caught.value.where == f"ANITRAKT_{address}"
        assert "hush-hush" not in str(caught.value)
        at(elsewhere)
    for fine in ("https://service.example", "http://127.0.0.1:8000", "http://[::1]:1", "http://localhost:1"):
        at(fine, **hush)


def test_id_maps_need_no_key_and_may_come_over_http(home: Path, project: Path) -> None:
    given = {f"ANITRAKT_{name.upper()}": "hush" for name in NAMES if name.endswith(("_token", "_id"))}

    settings = load(home, project, ANITRAKT_IDMAP_URL="http://maps.example", **given)

    assert settings.idmap_url == "http://maps.example"


# --- mistakes ---


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
    write(home / "config", text)

    with pytest.raises(BadUsage) as caught:
        load(home, project)

    assert words in str(caught.value)
    assert str(home / "config" / "anitrakt.toml") in str(caught.value)


def test_a_settings_file_that_is_no_text_is_a_plain_sentence(home: Path, project: Path) -> None:
    for folder in (home / "config", project):
        (folder / "anitrakt.toml").write_bytes(b"\xff\xfe\x00")

        with pytest.raises(BadUsage, match="can't be read"):
            load(home, project)

        (folder / "anitrakt.toml").unlink()


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
    assert load(home, project, ANITRAKT_TRAKT_CLIENT_SECRET="hush").trakt_client_secret is None
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

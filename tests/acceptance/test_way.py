"""Every word fits the way that a person is on: with a Trakt application, or without one.

Long: the same hints at later steps of the way.
"""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from anitrakt_plan.commands.make_plan import SMALL_WORLD
from tests.acceptance.conftest import Result, Run
from tests.acceptance.data_download import data_download
from tests.acceptance.short_list import LIST
from tests.acceptance.test_without_keys import DOWNLOAD
from tests.long import long
from tests.practice import Sandbox

KEYED = re.compile(
    r"anitrakt (?:--sandbox )?(?:(?:apply|undo|whoami|logout|login(?! --))\b|(?:diff|status)\b(?! \S+ --trakt-data))"
)
"""The commands that need an application; two of them don't, with a data download."""

PAGES = ("oauth/applications", "settings/apps")
pytestmark = pytest.mark.usefixtures("list_file")

PLAN = ("plan", "--list-file", str(LIST))
WALK: tuple[tuple[str, ...], ...] = (
    (*PLAN, "-o", "bare.yaml"),
    ("plan", "--update", "bare.yaml"),
    (*PLAN,),
    (*PLAN, "--trakt-data", str(DOWNLOAD), "-o", "plan.yaml"),
    ("plan", "--update"),
    ("plan", "--update", "--status", "all", "--send", "history,ratings"),
    ("review",),
    ("review", "--auto"),
    ("show",),
    ("show", "--decision", "review"),
    ("show", "nothing-called-so"),
    ("diff",),
    ("diff", "missing.yaml"),
    ("apply",),
    ("apply", "-n", "--only", "mal:199"),
    ("undo",),
    ("undo", "--stale", "plan.yaml"),
    ("validate",),
    ("explain", "mal:199"),
    ("fmt", "--check"),
    ("export-map",),
    ("export-trakt", "--format", "tvtime", "-o", "for-trakt.csv"),
    ("export-trakt", "bare.yaml", "--format", "tvtime"),
    ("login",),
    ("logout",),
    ("whoami",),
    ("status",),
    ("status", "Shingeki"),
    ("log",),
    ("schema",),
    ("doctor",),
    ("plan", "--mal", "sample"),
    ("plan", "--trakt-data", "missing.zip", "--list-file", str(LIST)),
)
SENDING = ("apply", *long("undo", "status", "login"))


@pytest.fixture
def keyless(anitrakt: Run, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Run:
    """`anitrakt` without a Trakt application, in a world where the lists and the maps can be read."""
    for name in ("TRAKT_CLIENT_ID", "TRAKT_CLIENT_SECRET", "TRAKT_TOKEN"):
        monkeypatch.delenv(f"ANITRAKT_{name}")
    monkeypatch.setenv("ANITRAKT_TRAKT_URL", sandbox.addresses.trakt_url.replace("/trakt", "/nowhere"))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"n\n" * 400), "utf-8"))
    return anitrakt


def sentences(result: Result) -> Iterator[str]:
    """What a command says, each message a line."""
    yield from (result.out + result.err).splitlines()


def test_without_an_application_no_word_leads_to_what_needs_one(keyless: Run) -> None:
    for command in WALK:
        result = keyless(*command)
        for said in sentences(result):
            about = f"{' '.join(command)}: {said}"
            if KEYED.search(said):  # the plan's own help names both ways, each for what it is
                assert "export-trakt" in said, about
                assert "with a Trakt application" in said, about
            if re.search("make an application", said, re.IGNORECASE):
                assert "VIP" in said, about
                assert "export-trakt" in said, about
            assert not any(page in said for page in PAGES), about
            assert "a bug in anitrakt" not in said, about


@pytest.mark.parametrize("command", SENDING)
def test_what_needs_an_application_says_who_can_make_one_and_what_to_do_instead(
    command: str, keyless: Run
) -> None:
    keyless(*PLAN, "-o", "plan.yaml")
    result = keyless(command)

    assert result.code == 4
    assert result.out == ""
    assert "there is no Trakt client id" in result.err
    assert "Only Trakt VIP members can make an application" in result.err
    assert "`anitrakt export-trakt" in result.err


def test_a_diff_without_an_application_is_of_the_export(keyless: Run) -> None:
    keyless(*PLAN, "-o", "list.yaml")
    unknown = keyless("diff", "list.yaml")
    assert unknown.code == 4
    assert "`anitrakt diff list.yaml --trakt-data ZIP`" in unknown.err
    keyless("plan", "--update", "list.yaml", "--trakt-data", DOWNLOAD)
    shown = keyless("diff", "list.yaml")
    assert shown.code == 0, shown.err
    assert "tvtime-anitrakt.zip" in shown.out
    assert "apply" not in shown.out
    assert not Path("trakt-upload").exists()


def test_plan_and_review_end_with_the_export(keyless: Run) -> None:
    planned = keyless(*PLAN, "--trakt-data", DOWNLOAD, "-o", "list.yaml").err.splitlines()
    reviewed = keyless("review", "list.yaml").err.splitlines()

    assert re.fullmatch(
        r"Next: `anitrakt review list\.yaml` settles the \d+ in review; "
        r"then `anitrakt export-trakt list\.yaml` writes what to upload to Trakt\.",
        planned[-1],
    )
    assert "`anitrakt review list.yaml` goes on; `anitrakt export-trakt list.yaml`" in reviewed[-1]


@pytest.mark.long
def test_a_second_plan_remembers_the_download(keyless: Run) -> None:
    keyless(*PLAN, "--trakt-data", DOWNLOAD, "-o", "plan.yaml")
    first = Path("plan.yaml").read_bytes()
    again = keyless("plan", "--update")

    assert "Going by the data download that the plan was made with" in again.err
    assert "`anitrakt export-trakt plan.yaml`" in again.err.splitlines()[-1]
    assert Path("plan.yaml").read_bytes() == first


@pytest.mark.long
def test_a_plan_without_its_download_says_what_is_missing_and_keeps_the_account(
    keyless: Run, tmp_path: Path
) -> None:
    keyless(*PLAN, "--trakt-data", DOWNLOAD, "-o", "plan.yaml")
    for kept in (tmp_path / "anitrakt-home" / "state" / "trakt-export").iterdir():
        kept.unlink()
    again = keyless("plan", "--update")

    assert "What is on Trakt already is not known" in again.err
    assert "--trakt-data ZIP" in again.err
    assert 'target: {service: trakt, user: "sandbox"}' in Path("plan.yaml").read_text(encoding="utf-8")


def test_a_bad_download_is_noticed_before_anything_is_asked(keyless: Run, sandbox: Sandbox) -> None:
    Path("broken.zip").write_bytes(b"PK nonsense")
    result = keyless("plan", "--mal", "sample", "--trakt-data", "broken.zip", "-o", "plan.yaml")

    assert result.code == 1
    assert "broken.zip" in result.err
    assert sandbox.wire == []


def test_when_vip_ends_the_plan_goes_on_without_the_application(
    anitrakt: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    anitrakt(*PLAN, "-o", "plan.yaml")
    monkeypatch.setenv("ANITRAKT_TRAKT_CLIENT_ID", "of-a-deleted-application")
    refused = anitrakt("plan", "--update")
    goes_on = anitrakt("plan", "--update", "plan.yaml", "--trakt-data", DOWNLOAD)

    assert refused.code == 4
    assert "`anitrakt plan --update plan.yaml --trakt-data ZIP` goes on without it" in refused.err
    assert goes_on.code == 0, goes_on.err
    assert "Going on without it, by your data download." in goes_on.err
    assert "`anitrakt export-trakt plan.yaml`" in goes_on.err.splitlines()[-1]
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(), "utf-8"))  # nobody answers
    reviewed = anitrakt("review")
    assert reviewed.code == 0, reviewed.err
    assert "Trakt no longer knows your application (VIP ended?). Going on without it." in reviewed.err
    assert "`anitrakt export-trakt plan.yaml`" in reviewed.err.splitlines()[-1]


@pytest.mark.long
def test_in_the_sandbox_the_way_without_is_practised_until_a_list_is_named_without_a_download(
    anitrakt: Run,
) -> None:
    sample = ("--sandbox", "plan", "--anilist", "sample", "-o", "practice.yaml")
    without = anitrakt(*sample, "--trakt-data", DOWNLOAD).err.splitlines()[-1]
    again = anitrakt("--sandbox", "plan", "--update", "practice.yaml").err.splitlines()[-1]
    shown = anitrakt("--sandbox", "diff", "practice.yaml").out.splitlines()[-1]
    by_api = anitrakt(*sample).err.splitlines()[-1]

    for said in (without, again, shown):
        assert "`anitrakt --sandbox export-trakt practice.yaml`" in said
        assert "apply" not in said
    assert "`anitrakt --sandbox apply practice.yaml`" in by_api


UNKNOWN_LIST = """<?xml version="1.0"?>
<myanimelist><myinfo><user_name>someone</user_name><user_export_type>1</user_export_type></myinfo>
<anime><series_animedb_id>59999</series_animedb_id><series_title>Nobody Knows It</series_title>
<series_type>TV</series_type><series_episodes>12</series_episodes><my_watched_episodes>12</my_watched_episodes>
<my_score>0</my_score><my_status>Completed</my_status></anime></myanimelist>
"""


@pytest.mark.long
def test_a_list_of_ones_own_in_the_sandbox_is_told_why_so_much_is_in_review(anitrakt: Run) -> None:
    Path("list.xml").write_text(UNKNOWN_LIST, encoding="utf-8")
    own = anitrakt("--sandbox", "plan", "--list-file", "list.xml", "-o", "practice.yaml")
    sample = anitrakt("--sandbox", "plan", "--anilist", "sample", "-o", "sample.yaml")

    assert f"Note: {SMALL_WORLD}" in own.err
    assert SMALL_WORLD not in sample.err


def test_what_was_practised_is_not_remembered_as_a_plan_of_ones_own(anitrakt: Run) -> None:
    Path("list.xml").write_text(UNKNOWN_LIST, encoding="utf-8")
    practice = ("--list-file", "list.xml", "-o", "practice.yaml")
    assert anitrakt("--sandbox", "plan", *practice).code == 0
    assert anitrakt("validate", "practice.yaml").code == 0  # --sandbox was forgotten
    own = anitrakt("plan", "--list-file", "list.xml", "-o", "own.yaml")

    assert own.code == 0, own.err
    assert "last seen" not in own.err


@pytest.mark.long
def test_hints_repeat_the_file_and_what_was_asked_for_alone(anitrakt: Run) -> None:
    anitrakt("--sandbox", "plan", "--anilist", "sample", "-o", "my list.yaml")
    shown = anitrakt("--sandbox", "diff", "my list.yaml", "--only", "Naruto")

    assert "Next: `anitrakt --sandbox apply 'my list.yaml' --only Naruto`." in shown.out


def test_an_entry_given_for_a_file_is_no_plan_to_be_made(anitrakt: Run) -> None:
    result = anitrakt("validate", "Shingeki")

    assert result.code == 1
    assert "`anitrakt show plan.yaml Shingeki`" in result.err
    assert "-o Shingeki" not in result.err


@pytest.mark.long
def test_status_is_asked_of_some_entries(anitrakt: Run) -> None:
    anitrakt("--sandbox", "plan", "--anilist", "sample", "-o", "plan.yaml")
    of_one = anitrakt("--sandbox", "status", "plan.yaml", "naruto*", "-v")

    assert of_one.code == 0, of_one.err
    assert "anilist:20" in of_one.out
    assert "anilist:48" not in of_one.out
    assert anitrakt("--sandbox", "status", "plan.yaml", "nobody").code == 2


@pytest.mark.long
def test_after_an_export_a_review_leads_to_the_upload_and_not_to_another_export(
    keyless: Run, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("data.zip").write_bytes(data_download(sandbox))
    assert keyless("plan", "--anilist", "sample", "--trakt-data", "data.zip", "-o", "plan.yaml").code == 0
    plan = Path("plan.yaml")
    only = plan.read_text(encoding="utf-8").replace("decision: review", "decision: skip")
    plan.write_text(only.replace("decision: skip", "decision: review", 1), encoding="utf-8")
    assert keyless("export-trakt", "plan.yaml", "--allow", "first-upload").code == 0
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"s\n\n"), "utf-8"))
    said = keyless("review", "plan.yaml").err
    assert "none still open" in said
    assert "Next: upload what lies in trakt-upload/" in said

"""MyAnimeList's XML export, as the site writes it and as others do."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anitrakt_plan.errors import AnitraktError, ExitCode, Failed
from anitrakt_plan.model import Entry, EntryKey, Ids, Kind, PartialDate, Progress, Status, Titles
from anitrakt_plan.sources import ALL_STATUSES, SourceList, sort_out
from anitrakt_plan.sources import export_text as limits
from anitrakt_plan.sources.mal_export import read_file

EXPORTS = Path(__file__).parent / "exports"


def read(data: str | bytes, statuses: frozenset[Status] = ALL_STATUSES) -> SourceList:
    found = read_file(data.encode() if isinstance(data, str) else data, "list.xml")
    return sort_out(found, statuses, file="list.xml")


def export(name: str) -> bytes:
    return (EXPORTS / f"{name}.xml").read_bytes()


def one(inside: str) -> str:
    return f"<myanimelist><anime><series_animedb_id>1</series_animedb_id>{inside}</anime></myanimelist>"


def test_an_entry_is_read_whole() -> None:
    listed = read(export("as-the-site-writes-it"))

    assert listed.entries[0] == Entry(
        key=EntryKey("mal", 1),
        ids=Ids(mal=1),
        titles=Titles("Cowboy Bebop & <Friends>"),
        kind=Kind.TV,
        progress=Progress(Status.COMPLETED, watched=26, finished=PartialDate(2019, 5), repeats=2, rating=9),
        episodes=26,
    )
    assert (listed.service, listed.user, listed.file, listed.notes) == ("mal", "yuki", "list.xml", ())


def test_every_status_is_known_and_rewatching_is_stronger() -> None:
    listed = read(export("as-the-site-writes-it"))

    assert [(e.key.id, e.progress.status, e.progress.watched, e.episodes) for e in listed.entries] == [
        (1, Status.COMPLETED, 26, 26),
        (5, Status.COMPLETED, 1, 1),
        (20, Status.REPEATING, 220, 220),
        (21, Status.WATCHING, 1080, None),
        (30, Status.PAUSED, 4, 26),
        (59, Status.DROPPED, 3, 26),
        (60, Status.PLANNED, 0, 24),
    ]


def test_completed_brings_what_is_watched_again_and_counts_the_rest() -> None:
    listed = read(export("as-the-site-writes-it"), frozenset({Status.COMPLETED}))

    assert [entry.key.id for entry in listed.entries] == [1, 5, 20]
    assert listed.total_by_status[Status.PLANNED] == 1
    assert len(listed.others) == 4


def test_a_converters_file_is_read_with_its_short_dates_and_missing_tags() -> None:
    first, second = read(export("as-a-converter-writes-it")).entries

    assert first.titles.romaji == "COWBOY BEBOP"
    assert first.kind is Kind.UNKNOWN
    assert first.progress.finished == PartialDate(2023, 3, 28)
    assert first.progress.rating == 8
    assert (second.progress.status, second.progress.watched, second.episodes) == (Status.PAUSED, 4, None)


def test_a_file_without_titles_and_in_capitals_is_read() -> None:
    listed = read(export("without-titles"))

    assert listed.user is None
    assert [(e.titles.romaji, e.progress.status, e.progress.watched) for e in listed.entries] == [
        ("", Status.COMPLETED, 26),
        ("", Status.PAUSED, 0),
    ]


def test_what_is_wrong_with_single_entries_is_left_out_and_named() -> None:
    listed = read(export("twice-and-torn"))

    assert [(e.key.id, e.progress.status) for e in listed.entries] == [
        (1, Status.COMPLETED),
        (6, Status.COMPLETED),
        (7, Status.COMPLETED),
        ("home-made", Status.COMPLETED),
    ]
    assert listed.entries[1].progress == Progress(Status.COMPLETED)
    assert listed.notes == (
        "left out: 1 entry with a status nobody knows (line 15, A Film: `Wishing`)",
        "left out: 2 impossible dates (line 19, Trigun, start: there is no day 2023-02-30; "
        "line 19, Trigun, finish: `soon` is not a date)",
        "left out: 2 impossible scores (line 19, Trigun: a score of 95 is not within 1-10; line 24, Witch: `good`)",
        "the list has 1 entry several times; the last one counts (mal:1 Cowboy Bebop)",
        "1 entry without an id: kept in review by title (Home-made)",
    )


def test_a_line_is_counted_from_the_top_of_the_file() -> None:
    text = one("<my_status>2</my_status>").replace("<anime>", "\n\n<anime>\n</anime>\n<anime>")
    [note] = read("\n\n" + text).notes
    assert note == "left out: 1 entry without an id and a title (line 5)"


@pytest.mark.parametrize(
    ("written", "status"),
    [
        ("Completed", Status.COMPLETED),
        ("completed ", Status.COMPLETED),
        ("2", Status.COMPLETED),
        ("On-Hold", Status.PAUSED),
        ("on_hold", Status.PAUSED),
        ("OnHold", Status.PAUSED),
        ("Plan To Watch", Status.PLANNED),
        ("plan_to_watch", Status.PLANNED),
        ("6", Status.PLANNED),
        ("1", Status.WATCHING),
        ("4", Status.DROPPED),
        ("Rewatching", Status.REPEATING),
    ],
)
def test_a_status_is_known_however_it_is_written(written: str, status: Status) -> None:
    [entry] = read(one(f"<my_status>{written}</my_status>")).entries
    assert entry.progress.status is status


@pytest.mark.parametrize(
    ("word", "again", "status"),
    [
        ("Watching", "1", Status.REPEATING),
        ("Completed", "Yes", Status.REPEATING),
        ("Completed", "0", Status.COMPLETED),
        ("Completed", "", Status.COMPLETED),
        ("Dropped", "1", Status.DROPPED),
        ("On-Hold", "1", Status.PAUSED),
    ],
)
def test_the_rewatching_flag_turns_what_can_be_rewatched(word: str, again: str, status: Status) -> None:
    inside = f"<my_status>{word}</my_status><my_rewatching>{again}</my_rewatching>"
    [entry] = read(one(inside)).entries
    assert entry.progress.status is status


JAPANESE = one("<series_title>進撃の巨人</series_title><my_status>Completed</my_status>")
DECLARED = '<?xml version="1.0" encoding="UTF-8"?>\n' + JAPANESE


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(JAPANESE.encode(), id="plain"),
        pytest.param(DECLARED.encode(), id="declared"),
        pytest.param(DECLARED.encode("utf-8-sig"), id="utf-8 with a mark"),
        pytest.param(DECLARED.encode("utf-16"), id="utf-16 that says utf-8"),
        pytest.param(b"\xfe\xff" + DECLARED.encode("utf-16-be"), id="utf-16, big end first"),
        pytest.param(DECLARED.encode("utf-16-le"), id="utf-16 without a mark"),
        pytest.param(DECLARED.encode("utf-32"), id="utf-32"),
        pytest.param(DECLARED.replace("UTF-8", "UTF-16").encode("utf-16"), id="utf-16 that says so"),
        pytest.param(DECLARED.replace("UTF-8", "Shift_JIS").encode("shift_jis"), id="another encoding"),
        pytest.param(b"\n\n  " + DECLARED.encode(), id="blank lines first"),
        pytest.param(gzip.compress(DECLARED.encode()), id="gzip"),
        pytest.param(
            DECLARED.replace("</anime>", "<my_tags>\x0b\x01</my_tags></anime>").encode(), id="controls"
        ),
    ],
)
def test_a_file_is_read_in_every_encoding(data: bytes) -> None:
    assert [entry.titles.romaji for entry in read(data).entries] == ["進撃の巨人"]


def test_a_stray_byte_does_not_cost_the_list() -> None:
    [entry] = read(JAPANESE.encode().replace("巨".encode(), b"\xff")).entries
    assert entry.key.id == 1


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("Tiger & Bunny", "Tiger & Bunny"),
        ("AT&T;", "AT&T;"),
        ("Tiger &amp; Bunny", "Tiger & Bunny"),
        ("I &lt;3 &#85;", "I <3 U"),
        ("I <3 U", "I <3 U"),
        ("a < b <= c", "a < b <= c"),
        ("Pok&eacute;mon&nbsp;2", "Pokémon\xa02"),
        ("&Dagger;&madeup;&nbsp", "‡&madeup;&nbsp"),
        ("a&#2;b&#xFFFF;c", "abc"),
        ("a\x02b\ufffec", "abc"),
        ("half &#xD83D; and whole &#55357;&#56832;", "half \ufffd and whole 😀"),
        ("an arrow ]]> out", "an arrow ]]> out"),
        ("<![CDATA[R&B &nbsp; <3]]> & more", "R&B &nbsp; <3 & more"),
        ("Foo <i>Bar</i> Baz", "Foo Bar Baz"),
        ("Foo<!-- not -- allowed -->Bar", "FooBar"),
    ],
)
def test_a_sign_that_xml_does_not_allow_is_read_as_what_was_meant(written: str, title: str) -> None:
    text = one(f"<series_title>{written}</series_title><my_status>2</my_status>")
    assert [entry.titles.romaji for entry in read(text).entries] == [title]


def test_what_was_mended_is_said_with_the_line_of_the_first() -> None:
    listed = read(one("<my_status>2</my_status>\n<my_comments>R&B\n\x02 &nbsp;</my_comments>"))
    [note] = listed.notes
    assert note.startswith("the file holds 3 signs that XML does not allow (the first in line 2)")


BROKEN_COMMENT = "<my_comments>see <b>this</my_comments>"
BROKEN_TITLE = "<series_title>A <Title</series_title>"


@pytest.mark.parametrize(
    ("inside", "ids", "notes"),
    [
        (BROKEN_COMMENT, [1, 2, 3], ()),
        (
            BROKEN_TITLE,
            [1, 3],
            ("left out: 1 entry that is broken XML (line 3, Two)",),
        ),
        ("</anime><anime>", [1, 2, 3], ("left out: 1 entry without an id and a title (line 3)",)),
        ("<anime>", [1, 3], ("left out: 1 entry that is broken XML (line 3, Two)",)),
    ],
)
def test_an_entry_that_is_broken_costs_no_other(inside: str, ids: list[int], notes: tuple[str, ...]) -> None:
    def entry(number: int, title: str, more: str = "") -> str:
        return (
            f"<anime><series_animedb_id>{number}</series_animedb_id><series_title>{title}</series_title>"
            f"<my_status>2</my_status>{more}</anime>\n"
        )

    text = "<myanimelist><myinfo><user_name>yuki</user_name></myinfo>\n" + entry(1, "One")
    listed = read(text + entry(2, "Two", inside) + entry(3, "Three") + "</myanimelist>")

    assert [e.key.id for e in listed.entries] == ids
    assert (listed.notes, listed.user) == (notes, "yuki")


@pytest.mark.long
def test_a_broken_file_that_is_long_is_read_in_a_moment() -> None:
    anime = "<anime><series_animedb_id>{}</series_animedb_id><my_status>2</my_status></anime>\n"
    data = "<myanimelist>" + "".join(anime.format(n) for n in range(1, 20_001)) + "<anime><a></myanimelist>"

    assert len(read(data).entries) == 20_000


@pytest.mark.parametrize("wrapper", ["anime", "list", "ANIME", "group><anime"])
def test_entries_are_found_wherever_they_stand(wrapper: str) -> None:
    inner = one("<my_status>2</my_status>").removeprefix("<myanimelist>").removesuffix("</myanimelist>")
    end = "".join(f"</{tag}>" for tag in reversed(wrapper.split("><")))
    text = (
        f"<myanimelist><user_export_type>2</user_export_type><{wrapper}><count>2</count>{inner}{inner}{end}"
    )

    listed = read(text + "<manga><manga_mangadb_id>9</manga_mangadb_id></manga></myanimelist>")

    assert [entry.key.id for entry in listed.entries] == [1]
    assert [entry.key.id for entry in read(text.replace("myanimelist", "export") + "</export>").entries] == [
        1
    ]


def test_entries_without_an_id_are_kept_by_title_and_told_apart() -> None:
    def entry(title: str, kind: str, number: str = "") -> str:
        return (
            f"<anime><series_animedb_id>{number}</series_animedb_id><series_title>{title}</series_title>"
            f"<series_type>{kind}</series_type><my_status>2</my_status></anime>"
        )

    twins = entry("Twins!", "TV") + entry("Twins", "Movie") + entry("Twins!", "TV") + entry("twins 2", "OVA")
    listed = read(f"<myanimelist>{twins}{entry('Twins', 'ONA', '7')}{entry('', 'TV')}</myanimelist>")

    assert [(str(e.key), e.kind, e.ids) for e in listed.entries] == [
        ("mal:7", Kind.ONA, Ids(mal=7)),
        ("title:twins", Kind.TV, Ids()),
        ("title:twins-2", Kind.OVA, Ids()),
        ("title:twins-3", Kind.MOVIE, Ids()),
    ]
    assert listed.notes[-1] == "3 entries without an id: kept in review by title (Twins!; twins 2; Twins)"


LAUGHS = (
    '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
    "<myanimelist><anime><series_title>&b;</series_title></anime></myanimelist>"
)
OUTSIDE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><myanimelist>&a;</myanimelist>'


@pytest.mark.parametrize(
    ("data", "words", "place"),
    [
        (LAUGHS, "defines XML entities", "list.xml"),
        (OUTSIDE, "defines XML entities", "list.xml"),
        ("<myanimelist>\n<anime>\n <a>\n</anime>", "does not come to an end: mismatched tag", "list.xml:4:3"),
        ("\n\n<myanimelist>\n<a></b>", "does not come to an end: mismatched tag", "list.xml:4:6"),
        (export("as-the-site-writes-it")[:900], "not well-formed", "list.xml:2"),
        ("<myanimelist>&nbsp;</myanimelist>", "no anime in this export", "list.xml"),
        (
            "<myanimelist><anime><my_score>1</anime></myanimelist>",
            "no entry of the list can be read",
            "list.xml",
        ),
        ("", "no element found", "list.xml:1:1"),
        ("<rss><channel/></rss>", "XML (<rss>), but not an anime list", "list.xml"),
        (
            "<myanimelist><myinfo><user_export_type>2</user_export_type></myinfo></myanimelist>",
            "the export of a manga list",
            "list.xml",
        ),
        (
            "<myanimelist><manga><manga_mangadb_id>1</manga_mangadb_id></manga></myanimelist>",
            "the export of a manga list",
            "list.xml",
        ),
        (gzip.compress(DECLARED.encode())[:-12], "the gzip file is cut off", "list.xml"),
        (b"\x1f\x8b" + b"nonsense" * 9, "the gzip file is damaged", "list.xml"),
        (b"PK\x03\x04whatever", "the ZIP is damaged or cut off", "list.xml"),
        ('<?xml version="1.0" encoding="x-made-up"?><myanimelist/>', "encoding", "list.xml"),
    ],
)
def test_what_is_no_list_is_refused_with_its_place(data: str | bytes, words: str, place: str) -> None:
    with pytest.raises(Failed) as caught:
        read(data)

    assert words in caught.value.what
    assert (caught.value.where or "").startswith(place)
    assert caught.value.todo
    assert caught.value.exit_code is ExitCode.FAILED


def test_a_gzip_bomb_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "LARGEST_EXPORT", 1024 * 1024)

    with pytest.raises(Failed, match="larger than 1 MB"):
        read(gzip.compress(b" " * (1024 * 1024 + 1)))


def test_an_export_without_any_entry_is_no_list() -> None:
    with pytest.raises(Failed, match="there is no anime in this export"):
        read("<myanimelist><myinfo><user_name>yuki</user_name></myinfo></myanimelist>")


def test_twenty_thousand_entries_are_read() -> None:
    anime = "<anime><series_animedb_id>{}</series_animedb_id><my_status>Completed</my_status></anime>"
    data = "<myanimelist>" + "".join(anime.format(n) for n in range(1, 20_001)) + "</myanimelist>"

    assert len(read(data).entries) == 20_000


@given(st.binary(max_size=200) | st.text(max_size=80).map(lambda text: one(text).encode()))
def test_no_bytes_make_it_stumble(data: bytes) -> None:
    try:
        listed = read(data)
    except AnitraktError:
        return
    assert len({entry.key for entry in listed.entries}) == len(listed.entries)

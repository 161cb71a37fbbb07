"""When a play is said to have happened."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anitrakt_plan.model import DatePolicy, MarkedAt, PartialDate, Progress, Status
from anitrakt_plan.model.dates import (
    EPOCH,
    Undated,
    When,
    date_doubts,
    finish_time,
    format_instant,
    format_minute,
    format_when,
    parse_minute,
    parse_when,
    say_when,
    stands_at,
    zone_of,
)
from anitrakt_plan.sync.desired import DateRule, marked_once, play_times

NOW = datetime(2026, 11, 22, 9, 12, 44, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
KIRITIMATI = ZoneInfo("Pacific/Kiritimati")


def finished(text: str | None, started: str | None = None) -> Progress:
    def date(said: str | None) -> PartialDate | None:
        return PartialDate.parse(said) if said else None

    return Progress(Status.COMPLETED, finished=date(text), started=date(started))


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("2019-07-01", "2019-07-01T10:00:00.000Z"),  # summer time
        ("2019-01-01", "2019-01-01T11:00:00.000Z"),
        ("2026-11-22", "2026-11-22T09:12:00.000Z"),  # today's noon has not come: now, without its seconds
        ("2026-11-21", "2026-11-21T11:00:00.000Z"),
        ("2026-11-25", "unknown"),  # a slip in the list
        ("2019-07", "unknown"),
        ("2019", "unknown"),
        (None, "unknown"),
        ("0001-01-01", "unknown"),
        ("9999-12-31", "unknown"),
    ],
)
def test_the_finish_date_is_noon_in_the_zone_and_never_later_than_now(text: str | None, when: str) -> None:
    assert format_when(finish_time(finished(text), no_date=(), zone=BERLIN, now=NOW)) == when


@pytest.mark.parametrize("named", ["2019-07-01", "2019-07", "2019"])
def test_a_day_named_as_no_date_gives_unknown(named: str) -> None:
    no_date = (PartialDate.parse(named),)
    assert finish_time(finished("2019-07-01"), no_date=no_date, zone=BERLIN, now=NOW) is Undated.UNKNOWN
    assert finish_time(finished("2018-06-02"), no_date=no_date, zone=BERLIN, now=NOW) is not Undated.UNKNOWN


# Kiritimati went to the other side of the date line in 1995: the last day of 1994 was never there
@given(st.datetimes(datetime(1995, 1, 2), datetime(2026, 11, 20)), st.sampled_from([BERLIN, KIRITIMATI, UTC]))
def test_the_finish_day_is_the_same_day_in_the_accounts_zone(day: datetime, zone: ZoneInfo) -> None:
    when = finish_time(finished(f"{day:%Y-%m-%d}"), no_date=(), zone=zone, now=NOW)
    assert isinstance(when, datetime)
    assert when.astimezone(zone).date() == day.date()
    assert when <= NOW


def test_a_day_that_the_zone_left_out_is_the_next_one() -> None:
    when = finish_time(finished("1994-12-31"), no_date=(), zone=KIRITIMATI, now=NOW)
    assert isinstance(when, datetime)
    assert when.astimezone(KIRITIMATI).date() == date(1995, 1, 1)


def times(
    policy: DatePolicy, progress: Progress, aired: list[datetime | None], film: bool = False
) -> tuple[When, ...]:
    return play_times(progress, DateRule(policy, (), BERLIN, NOW), aired=aired, film=film)


@pytest.mark.parametrize(
    ("policy", "film", "words"),
    [
        (DatePolicy.UNKNOWN, False, ["unknown", "unknown"]),
        (DatePolicy.RELEASED, False, ["released", "released"]),
        (DatePolicy.RELEASED, True, ["2001-07-20T12:00:00.000Z", "unknown"]),
        (DatePolicy.FINISH, False, ["2019-07-01T10:00:00.000Z"] * 2),
    ],
)
def test_each_policy_dates_plays_by_its_rule(policy: DatePolicy, film: bool, words: list[str]) -> None:
    aired = [datetime(2001, 7, 20, 12, tzinfo=UTC), None]
    assert [format_when(when) for when in times(policy, finished("2019-07-01"), aired, film)] == words


def test_a_spread_begins_at_the_start_and_ends_at_the_finish() -> None:
    spread = times(DatePolicy.SPREAD, finished("2019-07-11", "2019-07-01"), [None] * 6)
    assert [format_when(when)[:10] for when in spread] == [
        f"2019-07-{day:02d}" for day in (1, 3, 5, 7, 9, 11)
    ]


def test_a_spread_never_comes_before_an_episode_aired_and_never_after_the_finish() -> None:
    aired = [datetime(2019, 7, day, 15, tzinfo=UTC) for day in (1, 6, 12)]
    spread = times(DatePolicy.SPREAD, finished("2019-07-11", "2019-07-01"), list(aired))
    assert [format_when(when) for when in spread] == [
        "2019-07-01T15:00:00.000Z",
        "2019-07-06T15:00:00.000Z",
        "unknown",
    ]


@pytest.mark.parametrize(
    ("aired", "when"),
    [
        ("2019-07-11T15:00", "2019-07-11T15:00:00.000Z"),  # on the finish day, past its noon
        ("2019-07-11T21:59", "2019-07-11T21:59:00.000Z"),  # one minute before midnight in Berlin
        ("2019-07-11T22:00", "unknown"),
        ("2019-07-01T15:00", "2019-07-11T10:00:00.000Z"),
    ],
)
def test_what_aired_on_the_finish_day_was_watched_on_that_day(aired: str, when: str) -> None:
    first = datetime.fromisoformat(f"{aired}+00:00")
    for started in ("2019-07-11", "2019-07-01", None):
        *_, last = times(DatePolicy.SPREAD, finished("2019-07-11", started), [None, first])
        assert format_when(last) == when


def test_a_spread_is_never_later_than_now() -> None:
    today = f"{NOW:%Y-%m-%d}"
    soon = NOW + timedelta(hours=3)
    assert times(DatePolicy.SPREAD, finished(today, today), [soon]) == (Undated.UNKNOWN,)


@pytest.mark.parametrize("start", ["0001-01-01", "9999-12-31", "1899-12-31"])
def test_a_start_that_nobody_can_believe_is_none(start: str) -> None:
    assert times(DatePolicy.SPREAD, finished("2019-07-11", start), [None] * 3) == times(
        DatePolicy.FINISH, finished("2019-07-11"), [None] * 3
    )


@given(
    start=st.datetimes(datetime(2019, 1, 1), datetime(2019, 6, 1)),
    days=st.integers(-5, 200),
    aired=st.lists(
        st.none() | st.datetimes(datetime(2018, 12, 1), datetime(2019, 12, 1)), min_size=1, max_size=30
    ),
)
def test_a_spread_is_in_order_and_within_its_bounds(
    start: datetime, days: int, aired: list[datetime | None]
) -> None:
    finish = start + timedelta(days=days)
    known = [moment.replace(tzinfo=UTC) if moment else None for moment in aired]
    spread = times(DatePolicy.SPREAD, finished(f"{finish:%Y-%m-%d}", f"{start:%Y-%m-%d}"), known)
    dated = [when for when in spread if isinstance(when, datetime)]
    assert len(spread) == len(aired)
    assert dated == sorted(dated)
    assert all(when.astimezone(BERLIN).date() <= finish.date() for when in dated)
    for when, first in zip(spread, known, strict=True):
        assert (
            not isinstance(when, datetime) or first is None or when >= first.replace(second=0, microsecond=0)
        )


def test_without_a_start_a_spread_is_the_finish() -> None:
    assert len(set(times(DatePolicy.SPREAD, finished("2019-07-11"), [None] * 3))) == 1


def marked(first: int, last: int, at: str) -> MarkedAt:
    return MarkedAt(first, last, datetime.fromisoformat(f"2019-07-{at}:30+00:00"))


@pytest.mark.parametrize(
    ("spans", "wanted", "no_date"),
    [
        ([], ["11T10:00"] * 4, None),  # nothing seen: the finish date
        ([marked(1, 4, "02T18:00")], ["02T18:00"] * 4, None),
        ([marked(1, 3, "02T18:00")], ["02T18:00"] * 3 + ["11T10:00"], None),
        ([marked(1, 3, "11T18:00")], ["11T18:00"] * 4, None),  # completed on the same evening
        ([marked(1, 3, "12T18:00")], ["12T18:00"] * 3 + ["11T10:00"], None),  # the list's own finish stays
        ([marked(2, 2, "02T18:00")], ["11T10:00", "02T18:00", "11T10:00", "11T10:00"], None),
        (
            [marked(1, 2, "02T18:00"), marked(3, 4, "03T01:00")],
            [None, None, "03T01:00", "03T01:00"],
            "2019-07-02",
        ),
        (
            [marked(1, 2, "01T23:00"), marked(3, 4, "03T01:00")],
            [None, None, "03T01:00", "03T01:00"],
            "2019-07-02",
        ),
    ],
)
def test_activity_is_when_the_site_saw_it_marked(
    spans: list[MarkedAt], wanted: list[str | None], no_date: str | None
) -> None:
    progress = replace(finished("2019-07-11"), times=tuple(spans))
    days = (PartialDate.parse(no_date),) if no_date else ()
    found = play_times(
        progress,
        DateRule(DatePolicy.ACTIVITY, days, BERLIN, NOW),
        aired=[None] * 4,
        film=False,
        listed=[1, 2, 3, 4],
    )
    said = [None if when is Undated.UNKNOWN else format_when(when)[8:16] for when in found]
    assert said == wanted


def test_a_time_that_has_not_come_yet_is_none() -> None:
    later = MarkedAt(1, 1, NOW + timedelta(hours=1))
    progress = replace(finished(None), times=(later,))
    found = play_times(
        progress, DateRule(DatePolicy.ACTIVITY, (), UTC, NOW), aired=[None], film=True, listed=[1]
    )
    assert found == (Undated.UNKNOWN,)


def test_an_episode_marked_again_keeps_its_last_time_and_spans_are_joined() -> None:
    spans = (marked(1, 3, "02T18:00"), marked(3, 3, "05T18:00"), marked(4, 4, "05T18:00"))
    assert [(s.first, s.last, s.at.day, s.at.second) for s in marked_once(spans)] == [
        (1, 2, 2, 0),
        (3, 4, 5, 0),
    ]
    assert marked_once(marked_once(spans)) == marked_once(reversed(spans))


@pytest.mark.parametrize(
    ("finish", "start", "aired", "count"),
    [
        ("2019-07-11", "2019-07-01", "2019-04-29", 0),
        ("2019-07-01", "2019-07-11", None, 1),
        ("2019-07-01", "2019-07-01", "2019-07-01", 0),
        ("2019-07", "2019-07-11", None, 0),  # may well be later in July
        ("2019-06", "2019-07-11", None, 1),
        ("2018", "2019-07", "2019", 2),
        ("2019", None, "2019-04-29", 0),
        ("2019-04-28", None, "2019-04-29", 1),
        (None, "2019-07-01", "2020", 0),
    ],
)
def test_dates_that_cannot_be_right(
    finish: str | None, start: str | None, aired: str | None, count: int
) -> None:
    began = PartialDate.parse(aired) if aired else None
    assert len(date_doubts(finished(finish, start), began)) == count


@pytest.mark.parametrize(
    ("whens", "said"),
    [
        ([], ""),
        (["2019-07-01T10:00:00Z"] * 2, "2019-07-01"),
        (
            ["2019-07-01T10:00:00Z", "2019-07-01T22:30:00Z"],
            "2019-07-01 to 2019-07-02",
        ),  # past midnight in Berlin
        (["unknown"] * 3, "at an unknown date"),
        (["released"], "at the release date"),
        (["2019-07-01T10:00:00Z", "unknown", "unknown"], "2019-07-01, 2 at an unknown date"),
    ],
)
def test_dates_are_said_by_the_days_of_the_accounts_zone(whens: list[str], said: str) -> None:
    assert say_when([parse_when(when) for when in whens], BERLIN) == said


@pytest.mark.parametrize(
    "text", ["2019-07-01", "2019-07-01T18:22", "2019-07-01T18:22:05Z", "2019-13-01T18:22Z"]
)
def test_a_minute_of_the_plan_has_one_form(text: str) -> None:
    assert format_minute(parse_minute("2019-07-01T18:22Z")) == "2019-07-01T18:22Z"
    with pytest.raises(ValueError, match=r".*"):
        parse_minute(text)


@pytest.mark.parametrize(
    ("listed", "when", "same"),
    [
        ("2019-07-01T10:00:00+00:00", "2019-07-01T10:00:00.000Z", True),
        ("2019-07-01T10:00:59+00:00", "2019-07-01T10:00:00.000Z", True),
        ("2019-07-01T10:01:00+00:00", "2019-07-01T10:00:00.000Z", False),
        ("1970-01-01T00:00:00+00:00", "unknown", True),
        ("1970-01-02T00:00:00+00:00", "unknown", False),
        ("2019-07-01T10:00:00+00:00", "released", True),
    ],
)
def test_plays_are_compared_to_the_minute(listed: str, when: str, same: bool) -> None:
    assert stands_at(datetime.fromisoformat(listed), parse_when(when)) is same


@given(st.datetimes(timezones=st.just(UTC)) | st.sampled_from(Undated))
def test_a_when_comes_back_from_its_text_to_the_minute(when: When) -> None:
    back = parse_when(format_when(when))
    if isinstance(when, datetime):
        when = when.replace(second=0, microsecond=0)
    assert back == when


@pytest.mark.parametrize("text", ["", "now", "2019-07-01", "2019-07-01T10:00:00"])
def test_a_text_that_is_no_instant_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        parse_when(text)


def test_a_zone_nobody_knows_is_utc() -> None:
    assert zone_of("Mars/Olympus") is UTC
    assert zone_of("../etc/passwd") is UTC
    assert str(zone_of("Asia/Tokyo")) == "Asia/Tokyo"
    assert EPOCH.timestamp() == 0


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(2026, 1, 2, 3, 4, tzinfo=UTC), "2026-01-02T03:04:00.000Z"),
        (datetime.fromisoformat("2026-01-02T03:04:05.678901+02:00"), "2026-01-02T01:04:05.678Z"),
    ],
)
def test_moments_are_written_as_trakt_writes_them(moment: datetime, text: str) -> None:
    assert format_instant(moment) == text

"""What headers say: when to come back, and in which words."""

import datetime as dt
from email.utils import format_datetime

import pytest
from hypothesis import strategies as st
from properties import holds_for

from pipeline.scrape.fetched import MAX_RETRY_AFTER_S, charset, http_date, media_type, retry_after

NOW = dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC)
SIX_HOURS = 6 * 3600.0


def on(**later):
    return format_datetime(NOW + dt.timedelta(**later), usegmt=True)


# name, the header, seconds
RETRY_AFTER = [
    ("seconds", "7", 7.0),
    ("none at all", "0", 0.0),
    ("zeros", "000", 0.0),
    ("leading zeros", "0000000000120", 120.0),
    ("white space", " 30 ", 30.0),
    ("six hours", "21600", SIX_HOURS),
    ("more than six hours", "21601", SIX_HOURS),
    ("thirty years", "1000000000", SIX_HOURS),
    ("five thousand digits", "9" * 5000, SIX_HOURS),
    ("a date ahead", on(seconds=90), 90.0),
    ("a date behind", on(days=-1), 0.0),
    ("now", on(), 0.0),
    ("a date beyond six hours", on(days=2), SIX_HOURS),
    ("a date in 2099", "Fri, 01 Jan 2099 00:00:00 GMT", SIX_HOURS),
    ("a date in 1970", "Thu, 01 Jan 1970 00:00:00 GMT", 0.0),
    ("a date with another zone", "Sat, 21 Nov 2026 13:01:00 +0100", 60.0),
    ("a date without a zone", "Sat, 21 Nov 2026 12:01:00", 60.0),
    ("a date of RFC 850", "Saturday, 21-Nov-26 12:01:00 GMT", 60.0),
    ("a date of asctime", "Sat Nov 21 12:01:00 2026", 60.0),
    ("a date without its weekday", "21 Nov 2026 12:01:00 GMT", 60.0),
    ("a date of ISO", "2026-11-21T12:01:00Z", None),
    ("the 99th of January", "Fri, 99 Jan 2027 00:00:00 GMT", None),
    ("a year of five digits", "Fri, 01 Jan 20990 00:00:00 GMT", None),
    ("an hour of 99", "Fri, 01 Jan 2027 99:00:00 GMT", None),
    ("negative", "-5", None),
    ("positive", "+5", None),
    ("half", "1.5", None),
    ("an exponent", "1e9", None),
    ("hexadecimal", "0x10", None),
    ("two numbers", "5, 10", None),
    ("a unit", "30s", None),
    ("digits of another script", "٧", None),
    ("superscript", "²", None),
    ("a word", "soon", None),
    ("not a number", "NaN", None),
    ("infinity", "inf", None),
    ("garbage", "\x00\xff;\t", None),
    ("empty", "", None),
    ("white space only", "  ", None),
    ("missing", None, None),
]


@pytest.mark.parametrize(("value", "seconds"), [row[1:] for row in RETRY_AFTER], ids=[row[0] for row in RETRY_AFTER])
def test_retry_after_in_every_form(value, seconds):
    assert retry_after(value, NOW) == seconds


@holds_for(st.one_of(st.text(), st.integers().map(str), st.datetimes().map(format_datetime)), light=200)
def test_no_retry_after_crashes_and_none_is_beyond_the_cap(value):
    seconds = retry_after(value, NOW)
    assert seconds is None or 0.0 <= seconds <= MAX_RETRY_AFTER_S


@holds_for(st.text(), light=100)
def test_no_header_crashes_its_reader(value):
    moment = http_date(value)
    assert moment is None or moment.tzinfo is dt.UTC
    assert isinstance(media_type({"content-type": value}), str)
    assert charset({"content-type": value}) is None or charset({"content-type": value}) in value

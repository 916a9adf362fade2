"""tdmrep.json: whom it reserves what from, and that nothing else of it is kept."""

import json

import pytest
from hypothesis import strategies as st
from properties import holds_for

from pipeline.scrape.fetched import Ask
from pipeline.scrape.reservations import WELL_KNOWN, cut_reservations, reserves


def rule(location, reserved=1, **more):
    return {"location": location, "tdm-reservation": reserved} | more


@pytest.mark.parametrize(
    ("rules", "reserved"),
    [
        ([rule("/")], True),
        ([rule("/*")], True),
        ([rule("/a/")], True),
        ([rule("/a/*.html")], True),
        ([rule("/a/b.html$")], True),
        ([rule("/*/b")], True),
        ([rule("/a", "1")], True),
        ([rule("/a", True)], True),
        ([rule("/"), rule("/a/", 0)], False),
        ([rule("/", 0), rule("/a/")], True),
        ([rule("/a/", 0), rule("/a/")], True),
        ([rule("/b/")], False),
        ([rule("/a/*.pdf")], False),
        ([rule("/a/b$")], False),
        ([rule("/*html$/x")], False),
        ([rule("/a", 0)], False),
        ([rule("/a", None)], False),
        ([rule("a")], False),
        ([rule("")], False),
        ([rule(7)], False),
        ([{"tdm-reservation": 1}], False),
        ([rule("/" + "*a" * 10_000)], False),
        (["text", 7, None], False),
        ({"location": "/", "tdm-reservation": 1}, False),
        ([], False),
    ],
)
def test_the_longest_pattern_decides(rules, reserved):
    assert reserves(cut_reservations(json.dumps(rules)), "https://a.example/a/b.html") is reserved


@pytest.mark.parametrize("text", ["", "<html>any page</html>", "[", "[" * 100_000, '"x"', "null", "\ud83d", "[NaN]"])
def test_what_is_no_such_file_reserves_nothing(text):
    assert cut_reservations(text) == ""
    assert not reserves("", "https://a.example/")


def test_nothing_but_patterns_is_kept():
    told = [rule("/", **{"tdm-policy": "https://a.example/policy", "assigner": "ada@mail.example"})]
    assert json.loads(cut_reservations(json.dumps(told))) == [rule("/")]


SCALARS = st.none() | st.booleans() | st.integers() | st.text()
JSON = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner))
RULES = st.lists(st.fixed_dictionaries({"location": st.text("/a*$.", max_size=12), "tdm-reservation": st.sampled_from([0, 1, "1", None])}))


@holds_for(st.one_of(JSON, RULES), st.text("/ab.", max_size=20), light=150)
def test_no_file_and_no_address_crash_it(value, path):
    assert reserves(cut_reservations(json.dumps(value)), f"https://a.example/{path}") in (True, False)


PAGE = (200, {"Content-Type": "text/html"}, b"<p>words</p>")


def test_a_reserved_page_is_not_kept_and_its_host_is_asked_for_the_file_once(site, make_client):
    site.rules[f"a.example{WELL_KNOWN}"] = (200, {"Content-Type": "application/json"}, json.dumps([rule("/no/")]).encode())
    site.rules |= {"a.example/no/x": PAGE, "a.example/no/y": PAGE, "a.example/yes": PAGE}
    client = make_client()
    found = [client.get(Ask(f"https://a.example/{path}", "html", trains=True)) for path in ("no/x", "no/y", "yes")]
    assert [(one.outcome, one.reason, bool(one.content)) for one in found] == [
        ("refused", "opted_out", False),
        ("refused", "opted_out", False),
        ("kept", "", True),
    ]
    assert site.asked() == ["a.example/no/x", "a.example/yes"]
    assert [path for _, path, _ in site.log].count(WELL_KNOWN) == 1


def test_it_is_remembered_for_the_next_run(site, home, make_client):
    site.rules[f"a.example{WELL_KNOWN}"] = (200, {}, json.dumps([rule("/")]).encode())
    site.rules["a.example/x"] = PAGE
    client = make_client()
    client.get(Ask("https://a.example/x", "html", trains=True))
    with home.warehouse.transaction() as t:
        t.upsert("robots", client.robots.drain(), "origin")
    site.log.clear()
    assert make_client().get(Ask("https://a.example/x", "html", trains=True)).reason == "opted_out"
    assert site.log == []


def test_what_does_not_train_is_not_asked_about(site, make_client):
    site.rules["a.example/x"] = PAGE
    assert make_client().get(Ask("https://a.example/x", "html")).outcome == "kept"
    assert WELL_KNOWN not in [path for _, path, _ in site.log]


def test_where_robots_txt_closes_the_file_it_is_not_asked(site, make_client):
    site.rules["a.example/robots.txt"] = (200, {}, b"User-agent: *\nDisallow: /.well-known/")
    site.rules["a.example/x"] = PAGE
    assert make_client().get(Ask("https://a.example/x", "html", trains=True)).outcome == "kept"
    assert WELL_KNOWN not in [path for _, path, _ in site.log]

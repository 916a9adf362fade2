"""The most that may come of one host: each term is a cap, and where nothing waits nothing may come."""

import pytest

from pipeline.people import Limits
from pipeline.scrape.plan_bounds import Bounds
from pipeline.scrape.plan_known import HostKnown, Known

LIMITS = Limits(posts_per_source=10, pages_per_host=5, pictures_per_document=3, pictures_per_host=20, requests_per_run=1000)


def bounds(leads=False, **hosts):
    known = Known(leads=leads)
    known.hosts.update({name: HostKnown(**fields) for name, fields in hosts.items()})
    return known, Bounds(known, LIMITS)


@pytest.mark.parametrize(
    ("leads", "fields", "documents", "pictures"),
    [
        (False, {}, 0, 0),
        (False, {"documents": 2}, 2, 6),  # three pictures each
        (False, {"revalidations": 4}, 4, 12),
        (False, {"own_pictures": 50}, 0, 50),  # the person's own have no cap
        (False, {"pictures": 9}, 0, 9),
        (False, {"pictures": 9, "documents": 30}, 30, 20),  # the host's cap
        (False, {"listings": 1, "archives": [4]}, 1 + 2 * 6, 20),  # six posts, at worst on a page each
        (False, {"listings": 1, "archives": [12]}, 1, 3),  # the cap on posts is passed
        (False, {"listings": 1, "activity": [1]}, 1 + 198, 20),
        (True, {"documents": 2, "linked": 2}, 2 + 3, 20),  # three more pages may be linked
        (True, {"documents": 2, "linked": 7}, 2, 20),
    ],
)
def test_documents_and_pictures_end_at_their_caps(leads, fields, documents, pictures):
    known, found = bounds(leads, host=fields)
    most = found.of(known.hosts["host"])
    assert (most.documents, most.pictures) == (documents, pictures)
    assert most.requests >= documents + pictures


def test_rules_second_tries_and_redirects_come_on_top_and_end_at_their_cap():
    known, found = bounds(host={"documents": 100}, small={"documents": 1})
    assert found.of(known.hosts["host"]).requests == 100 + 20 + 4 + 2 * LIMITS.repeats_per_host
    assert found.of(known.hosts["small"]).requests == 1 + 20 + 4 + 2 * LIMITS.repeats_per_host


def test_nothing_that_waits_is_nothing_at_most():
    known, found = bounds(host={})
    assert found.of(known.hosts["host"]).requests == found.total() == found.elsewhere().requests == 0


def test_links_that_lead_on_may_cost_what_the_run_may():
    _, found = bounds(True, host={"documents": 1})
    assert found.elsewhere().requests == found.total() == LIMITS.requests_per_run

"""A person's activity, page by page, also where its cursors lead nowhere."""

import json

import pytest

from tests.scrape.conftest import JSON, item, run

FEED = "substack.com/api/v1/reader/feed/profile/7"


def page(number, cursor):
    return json.dumps({"items": [item("note", number, 7, f"Note {number}.")], "nextCursor": cursor})


@pytest.mark.parametrize(("length", "asked"), [(1, 2), (2, 3), (5, 6)])
def test_cursors_that_go_round_in_a_circle_end_the_feed(neighbourhood, home, make_person, length, asked):
    neighbourhood.page(FEED, page(0, "c0"), JSON)
    for number in range(length):
        neighbourhood.page(f"{FEED}?cursor=c{number}", page(number + 1, f"c{(number + 1) % length}"), JSON)
    run(home, make_person(), neighbourhood)
    assert len([path for path in neighbourhood.asked() if path.startswith(FEED)]) == asked
    (account,) = home.warehouse.rows("select title, remarks from sources where kind = 'account' and platform = 'substack'")
    assert account == {"title": "Ada", "remarks": "its activity repeats itself"}


def test_new_cursors_that_bring_nothing_new_end_the_feed(neighbourhood, home, make_person):
    def answer(request):
        cursor = int(([*request.path.split("cursor=c"), "0"])[1])
        return 200, {"Content-Type": JSON}, page(1, f"c{cursor + 1}").encode()

    neighbourhood.rules[FEED] = answer
    run(home, make_person(), neighbourhood)
    assert len([path for path in neighbourhood.asked() if path.startswith(FEED)]) == 3
    (account,) = home.warehouse.rows("select remarks from sources where kind = 'account' and platform = 'substack'")
    assert account == {"remarks": "its activity repeats itself"}

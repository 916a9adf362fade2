"""Walks of archives: where they stop, what is asked again, what goes."""

import json

import pytest

from tests.scrape.conftest import JSON, post, publish, run, urls

ARCHIVE = "far.substack.com/api/v1/archive"


def dated(number, name="far"):
    return post(400 + number, f"f{number}", name) | {"post_date": f"2026-02-01T00:{number % 60:02d}:{number // 60:02d}Z"}


def newest_first(count):
    return [dated(number) for number in reversed(range(count))]


def archive_pages(site):
    return [path.split("offset=")[1].split("&")[0] for path in site.asked("far.substack") if "/archive?" in path]


def age(home, days=7):
    """Lets time pass for what was asked."""
    with home.warehouse.transaction() as t:
        t.execute(f"update frontier set retry_at = retry_at - interval {days} day")


def walked(home):
    (row,) = home.warehouse.rows("select walked, remarks from sources where url = 'https://far.substack.com'")
    return row["walked"], row["remarks"]


def test_a_completed_walk_is_not_walked_again_beyond_the_first_known_post(neighbourhood, home, make_person):
    publish(neighbourhood, "far", 40, newest_first(60))
    run(home, make_person(), neighbourhood)
    assert archive_pages(neighbourhood) == ["0", "25", "50", "60"]
    publish(neighbourhood, "far", 40, newest_first(63))
    neighbourhood.log.clear()
    run(home, make_person(), neighbourhood, "two")
    assert archive_pages(neighbourhood) == ["0"]
    assert len([url for url in urls(home) if "far.substack" in url and "/p/" in url]) == 63


def test_a_walk_that_lost_a_page_goes_on_the_next_time(neighbourhood, home, make_person):
    publish(neighbourhood, "far", 40, newest_first(60))
    second = f"{ARCHIVE}?sort=new&search=&offset=25&limit=25"
    neighbourhood.rules[second] = (404, {}, b"")
    run(home, make_person(), neighbourhood)
    assert walked(home)[0] is None
    del neighbourhood.rules[second]
    age(home)
    run(home, make_person(), neighbourhood, "two")
    assert len([url for url in urls(home) if "far.substack" in url and "/p/" in url]) == 60
    assert walked(home)[0] is not None


def test_a_larger_cap_goes_beyond_where_the_last_walk_stopped(neighbourhood, home, make_person):
    publish(neighbourhood, "far", 40, newest_first(60))
    person = make_person()
    run(home, person.model_copy(update={"limits": person.limits.model_copy(update={"posts_per_source": 10})}), neighbourhood)
    assert walked(home) == (10, "posts beyond the cap of 10 are not asked for")
    assert len([url for url in urls(home) if "far.substack" in url and "/p/" in url]) == 10
    run(home, person, neighbourhood, "two")
    assert len([url for url in urls(home) if "far.substack" in url and "/p/" in url]) == 60


def test_an_archive_that_gives_the_same_page_for_ever_is_asked_once_more_and_then_left(neighbourhood, home, make_person):
    page = json.dumps([{**one, "body_html": None} for one in newest_first(25)])
    publish(neighbourhood, "far", 40, newest_first(25))
    neighbourhood.page(ARCHIVE, page, JSON)
    run(home, make_person(), neighbourhood)
    assert archive_pages(neighbourhood) == ["0", "25"]
    assert walked(home)[1] == "its archive repeats itself"


@pytest.mark.parametrize("status", [404, 410])
def test_a_post_that_is_gone_at_the_revisit_is_not_used_any_more(neighbourhood, home, make_person, status):
    run(home, make_person(), neighbourhood)
    assert "https://near.substack.com/p/n3" in urls(home)
    neighbourhood.rules["near.substack.com/api/v1/posts/n3"] = (status, {}, b"")
    age(home)
    run(home, make_person(), neighbourhood, "two")
    assert "https://near.substack.com/p/n3" not in urls(home)
    skipped = home.warehouse.rows("select reason, n from skips join sources using (person, source_id) where url like '%near%' order by all")
    assert skipped == [{"reason": "not_found" if status == 404 else "gone", "n": 1}, {"reason": "paid", "n": 1}]


def test_a_document_that_comes_back_is_used_again(neighbourhood, home, make_person):
    run(home, make_person(), neighbourhood)
    whole = neighbourhood.rules["web.example/two"]
    for number, rule in enumerate(((410, {}, b""), whole)):
        neighbourhood.rules["web.example/two"] = rule
        age(home)
        run(home, make_person(), neighbourhood, f"later-{number}")
        assert ("https://web.example/two" in urls(home)) is (number == 1)


def test_a_post_that_its_archive_no_longer_lists_is_asked_at_once_and_its_own_answer_decides(neighbourhood, home, make_person):
    publish(neighbourhood, "far", 40, newest_first(5))
    run(home, make_person(), neighbourhood)
    publish(neighbourhood, "far", 40, [one for one in newest_first(5) if one["slug"] not in ("f2", "f3")])
    neighbourhood.rules["far.substack.com/api/v1/posts/f2"] = (404, {}, b"")
    neighbourhood.log.clear()
    run(home, make_person(), neighbourhood, "two")
    assert {path for path in neighbourhood.asked("far") if "/posts/" in path} == {f"far.substack.com/api/v1/posts/f{n}" for n in (2, 3)}
    left = [url for url in urls(home) if "far.substack.com/p/" in url]
    assert left == [f"https://far.substack.com/p/f{n}" for n in (0, 1, 3, 4)]


def test_what_moved_is_held_once(neighbourhood, home, make_person):
    run(home, make_person(), neighbourhood)
    neighbourhood.rules["web.example/moved"] = neighbourhood.rules["web.example/two"]
    neighbourhood.rules["web.example/two"] = (301, {"Location": "https://web.example/moved"}, b"")
    age(home)
    run(home, make_person(), neighbourhood, "two")
    assert "https://web.example/two" not in urls(home)
    assert "https://web.example/moved" in urls(home)

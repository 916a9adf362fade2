"""The plan as a page: every host and what will not be asked, and nothing that a stranger wrote is markup."""

from pipeline.scrape.plan_page import write_plan_page

ROW = {"person": "ada", "known": 7, "at_most": 9, "minutes": 0.25, "megabytes": 1.5, "robots": "open", "opted_out": "", "documents": 4}
ROW |= {"revalidations": 1, "pictures": 2, "crawl_delay": 2.0, "owner": "x"}


def test_hosts_stand_with_their_numbers_and_hostile_names_are_text(home):
    with home.warehouse.transaction() as t:
        t.append("plans", [ROW | {"host": "web.example"}, ROW | {"host": "<script>alert(1)</script>.example", "opted_out": "<b>no</b>"}])
        t.append("plan_skips", [{"person": "ada", "host": "shut.example", "reason": "robots", "n": 3}])
        t.append("plan_totals", [{"person": "ada", "summary": "14 requests are known."}])
    path = write_plan_page(home, "ada")
    assert path == home.reports / "ada" / "plan.html"
    page = path.read_text()
    for told in ("web.example", "14 requests are known.", "robots.txt does not allow it", "shut.example", "open, 2 s apart"):
        assert told in page
    assert "<script" not in page
    assert "<b>no" not in page


def test_without_a_plan_the_page_says_so(home):
    assert "No plan is made yet." in write_plan_page(home, "ada").read_text()

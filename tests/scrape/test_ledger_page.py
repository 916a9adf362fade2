from bs4 import BeautifulSoup

from pipeline.scrape.ledger_page import write_ledger_page

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)>"


def test_every_source_stands_with_its_figures_and_reasons(home):
    source = {
        "person": "ada",
        "source_id": "s",
        "url": "https://far.example",
        "platform": "web",
        "kind": "site",
        "hop": 1,
        "reported": 9,
        "fetched": 7,
        "remarks": "its archive repeats itself",
    }
    with home.warehouse.transaction() as t:
        t.append("sources", [source | {"title": "Far away"}, source | {"person": "bob", "title": "Somebody else's"}])
        t.append("skips", [{"person": "ada", "source_id": "s", "reason": "paid", "n": 2}])
    page = BeautifulSoup(write_ledger_page(home, "ada").read_bytes().decode(), "lxml")
    cells = [cell.get_text(" ", strip=True) for cell in page.select("tbody td")]
    assert cells == ["Far away https://far.example", "web site", "1", "9", "7", "2", "paid: 2", "", "its archive repeats itself"]


def test_a_strangers_title_cannot_add_markup(home):
    with home.warehouse.transaction() as t:
        t.append("sources", [{"person": "ada", "source_id": "s", "title": HOSTILE, "url": "javascript:alert(1)", "hop": 1}])
    page = BeautifulSoup(write_ledger_page(home, "ada").read_bytes().decode(), "lxml")
    assert page.find_all(["script", "img", "a"]) == []
    assert HOSTILE in page.get_text()

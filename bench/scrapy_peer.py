"""Scrapy over the made-up neighbourhood, as its own tutorial would have it: a spider that follows links, a pipeline that stores.

    python bench/scrapy_peer.py PORT THREADS FOLDER same|native

`native` reads a page with Scrapy's own selectors; `same` calls our redaction and our parser instead. Prints seconds and documents.
"""

import hashlib
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import duckdb
import pyarrow as pa
import scrapy
from scrapy.crawler import CrawlerProcess

from pipeline.scrape.parse import parse
from pipeline.scrape.redact import redact

PORT, CONCURRENCY, FOLDER, HOW = int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]), sys.argv[4]
ARCHIVE = "https://bench.substack.com/api/v1/archive?sort=new&search=&offset={}&limit=25"
BATCH = 200


class Loopback:
    """Sends every request to the loopback, with the Host that it was meant for, as the test seam of ours does."""

    def process_request(self, request: scrapy.Request) -> scrapy.Request | None:
        """Rewrites an address once."""
        parts = urlsplit(request.url)
        if parts.hostname == "127.0.0.1":
            return None
        query = f"?{parts.query}" if parts.query else ""
        moved = request.replace(url=f"http://127.0.0.1:{PORT}{parts.path}{query}", headers=request.headers | {"Host": parts.hostname})
        moved.meta.update(asked=request.url, download_slot=parts.hostname)
        return moved


class Store:
    """Bytes as files under their hash, rows to DuckDB as Arrow batches: what a careful user would write."""

    def open_spider(self) -> None:
        """Begins."""
        self.rows: dict[str, list[dict[str, Any]]] = {"pages": [], "passages": [], "pictures": [], "links": []}
        self.warehouse = duckdb.connect(str(FOLDER / "scrapy.duckdb"))

    def process_item(self, item: dict[str, Any]) -> dict[str, Any]:
        """Stores one page."""
        sha256 = hashlib.sha256(item["content"]).hexdigest()
        path = FOLDER / sha256[:2] / sha256
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(item["content"])
        self.rows["pages"].append({name: item[name] for name in ("url", "title", "author", "published")} | {"sha256": sha256})
        for name in ("passages", "pictures", "links"):
            self.rows[name] += [{"url": item["url"], **row} for row in item[name]]
        if len(self.rows["pages"]) >= BATCH:
            self.flush()
        return item

    def close_spider(self) -> None:
        """Ends."""
        self.flush()
        self.warehouse.close()

    def flush(self) -> None:
        """Writes what has come as Arrow tables."""
        for name, rows in self.rows.items():
            if rows:
                self.warehouse.register("incoming", pa.Table.from_pylist(rows))
                self.warehouse.execute(f"create table if not exists {name} as from incoming limit 0").fetchall()
                self.warehouse.execute(f"insert into {name} by name from incoming").fetchall()
                self.warehouse.unregister("incoming")
            rows.clear()


def native(response: Any) -> dict[str, Any]:  # noqa: ANN401 - Scrapy's own response
    """What Scrapy's selectors find in an article."""
    body = response.css("article")
    return {
        "title": response.css("meta[property='og:title']::attr(content)").get(""),
        "author": response.css("meta[name=author]::attr(content)").get(""),
        "published": response.css("meta[property='article:published_time']::attr(content)").get(""),
        "passages": [{"position": n, "text": " ".join(p.css("::text").getall())} for n, p in enumerate(body.css("p"))],
        "pictures": [{"image_url": img.attrib["src"], "alt": img.attrib.get("alt", "")} for img in body.css("img")],
        "links": [{"to": href} for href in body.css("a::attr(href)").getall()],
        "content": response.body,
    }


def same(response: Any) -> dict[str, Any]:  # noqa: ANN401 - Scrapy's own response
    """What our redaction and our parser make of it."""
    content = redact("web_page", response.body)
    found = parse("web_page", response.meta["asked"], content)
    return {
        "title": found.title, "author": found.author, "published": str(found.published_at),
        "passages": [{"position": one.position, "text": one.text} for one in found.passages],
        "pictures": [{"image_url": one.image_url, "alt": one.alt} for one in found.pictures],
        "links": [{"to": one.url} for one in found.links], "content": content,
    }  # fmt: skip


class Neighbourhood(scrapy.Spider):
    """Archive, posts, articles, and the articles that those link to."""

    name = "neighbourhood"
    done = 0

    async def start(self) -> Any:  # noqa: ANN401
        """The first page of the archive."""
        yield scrapy.Request(ARCHIVE.format(0), self.archive, cb_kwargs={"offset": 0})

    def archive(self, response: Any, offset: int) -> Iterator[scrapy.Request]:  # noqa: ANN401
        """A page of the archive, and the next."""
        posts = json.loads(response.text)
        for post in posts:
            yield scrapy.Request(f"https://bench.substack.com/api/v1/posts/{post['slug']}", self.post)
        if posts:
            following = offset + len(posts)
            yield scrapy.Request(ARCHIVE.format(following), self.archive, cb_kwargs={"offset": following})

    def post(self, response: Any) -> Iterator[scrapy.Request]:  # noqa: ANN401
        """A post leads to articles."""
        for href in scrapy.Selector(text=json.loads(response.text)["body_html"]).css("a::attr(href)").getall():
            yield scrapy.Request(href, self.article)

    def article(self, response: Any) -> Iterator[Any]:  # noqa: ANN401
        """An article is stored and leads to others."""
        found = (native if HOW == "native" else same)(response)
        self.done += 1
        yield found | {"url": response.meta["asked"]}
        for link in found["links"]:
            yield scrapy.Request(link["to"].split("?")[0], self.article)


SETTINGS = {
    "CONCURRENT_REQUESTS": CONCURRENCY, "CONCURRENT_REQUESTS_PER_DOMAIN": CONCURRENCY, "DOWNLOAD_DELAY": 0, "COOKIES_ENABLED": False,
    "ROBOTSTXT_OBEY": False, "RETRY_ENABLED": False, "LOG_LEVEL": "ERROR", "TELNETCONSOLE_ENABLED": False,
    "DOWNLOADER_MIDDLEWARES": {Loopback: 10}, "ITEM_PIPELINES": {Store: 1}, "HTTPERROR_ALLOW_ALL": False,
}  # fmt: skip


def main() -> None:
    """Crawls once."""
    started = time.perf_counter()
    process = CrawlerProcess(SETTINGS)
    crawler = process.create_crawler(Neighbourhood)
    process.crawl(crawler)
    process.start()
    print(time.perf_counter() - started, crawler.spider.done)  # type: ignore[union-attr]


if __name__ == "__main__":
    main()

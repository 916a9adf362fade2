"""How large an answer will be: as stated where somebody states it, as measured here before, else a mean with its source."""

from dataclasses import dataclass

from pipeline.scrape.addresses import unwrap_image
from pipeline.store import Home

PICTURE = "picture"
ENOUGH = 5  # answers that make a mean
POST_BYTES, WORD_BYTES = 6400, 6.6  # a line through 150 posts of the test neighbourhood, 2026-11
PIXEL_BYTES = 0.25  # of 1,200 JPEGs of the test neighbourhood, 2026-11; from 0.07 to 0.28 by host
MEANS = {PICTURE: 36_000, "substack_post": 27_000, "web_page": 9_000}  # measured there too
OTHER_MEAN = 20_000
MEASURED = """
    select coalesce(r.kind, ?) as kind, f.host, count(*) as n, avg(f.bytes) as mean
    from fetches f left join frontier r on r.person = f.person and r.url = f.url left join images i on i.image_url = f.url
    where f.person = ? and f.outcome = 'kept' and (r.url is not null or i.image_url is not null)
    group by all"""


@dataclass(frozen=True)
class Size:
    """Bytes of one answer, unpacked, and what says so."""

    bytes: float
    source: str  # stated, measured at the host, by its words, by its pixels, measured, a mean


class Sizes:
    """Sizes of what one person's gathering will ask."""

    def __init__(self, home: Home, person: str) -> None:
        self._hosts: dict[tuple[str, str], float] = {}
        totals: dict[str, list[float]] = {}
        for row in home.warehouse.rows(MEASURED, PICTURE, person):
            count, total = totals.setdefault(row["kind"], [0, 0.0])
            totals[row["kind"]] = [count + row["n"], total + row["n"] * row["mean"]]
            if row["n"] >= ENOUGH:
                self._hosts[row["kind"], row["host"]] = row["mean"]
        self._kinds = {kind: total / count for kind, (count, total) in totals.items() if count >= ENOUGH}

    def picture(self, host: str, url: str, stated: int | None, width: int | None, height: int | None) -> Size:
        """A picture's size. Sizes in pixels are known from the page, or from the name of an upload."""
        if stated:
            return Size(stated, "stated")
        _, wide, high = unwrap_image(url)
        pixels = (wide or width or 0) * (high or height or 0)
        return self._measured(PICTURE, host, Size(PIXEL_BYTES * pixels, "by its pixels") if pixels else None)

    def document(self, host: str, kind: str, words: int | None) -> Size:
        """A document's or listing's size; `words` where a listing counts them."""
        return self._measured(kind, host, Size(POST_BYTES + WORD_BYTES * words, "by its words") if words else None)

    def _measured(self, kind: str, host: str, told: Size | None) -> Size:
        if told is not None and told.source == "by its words":
            return told  # closer than a mean: posts of one publication differ tenfold
        if (kind, host) in self._hosts:
            return Size(self._hosts[kind, host], "measured at the host")
        if told is not None:
            return told
        if kind in self._kinds:
            return Size(self._kinds[kind], "measured")
        return Size(MEANS.get(kind, OTHER_MEAN), "a mean")

"""The most that may come of a gathering, by host: each bound is a cap that the crawl, the pictures or the client enforce.

What may be asked of a host beyond what is known: pages and posts that links lead to (`pages_per_host`), posts further down an
archive (`posts_per_source`) and the pages of that archive, at worst one a post, pages of activity, pictures of documents still
to come (`pictures_per_document`, `pictures_per_host`), robots.txt and tdmrep.json in each of the two steps, second tries and redirects
(`repeats_per_host` in each step). Never more than `requests_per_run` in all.
"""

import math
from dataclasses import dataclass

from pipeline.people import Limits
from pipeline.scrape.client import MAX_ATTEMPTS, MAX_REDIRECTS
from pipeline.scrape.follow_account import MAX_ACTIVITY_PAGES
from pipeline.scrape.plan_known import HostKnown, Known
from pipeline.scrape.post_requests import most_recommendation_pages

RULES = 2  # robots.txt, tdmrep.json
STEPS = 2  # pages, images: each begins with a client of its own


@dataclass(frozen=True)
class AtMost:
    """The most requests of one host."""

    documents: int
    pictures: int
    requests: int


class Bounds:
    """What may come, given what is known and the limits of the person file."""

    def __init__(self, known: Known, limits: Limits) -> None:
        self._limits, self._leads = limits, known.leads
        documents = math.inf if known.leads else sum(tally.asked + self._to_come(tally) for tally in known.hosts.values())
        pictures = documents * limits.pictures_per_document
        self._pictures = pictures
        self._all = documents + pictures + sum(tally.total for tally in known.hosts.values())

    def of(self, tally: HostKnown) -> AtMost:
        """The most that one host will be asked."""
        documents = tally.asked + self._to_come(tally)
        pictures = tally.own_pictures + self._crawled(tally.pictures)
        return AtMost(self._capped(documents), self._capped(pictures), self._with_detours(documents + pictures))

    def elsewhere(self) -> AtMost:
        """The most that hosts which nobody has named yet will be asked, all together."""
        return AtMost(self._capped(math.inf if self._leads else 0), self._capped(self._pictures), self.total())

    def total(self) -> int:
        """The most requests of one run: every address may redirect five times, each behind the rules of a host, each tried thrice."""
        return self._capped(self._all * (1 + RULES) * (1 + MAX_REDIRECTS) * MAX_ATTEMPTS)

    def _to_come(self, tally: HostKnown) -> int:
        """Documents and listings that may be asked of a host after those that are known."""
        posts = sum(2 * max(0, self._limits.posts_per_source - offset) for offset in tally.archives)
        activity = sum(max(0, MAX_ACTIVITY_PAGES - 1 - page) for page in tally.activity)
        pages = most_recommendation_pages(self._limits.sources_per_listing)
        recommendations = sum(max(0, pages - 1 - page) for page in tally.recommendations)
        return posts + activity + recommendations + (max(0, self._limits.pages_per_host - tally.linked) if self._leads else 0)

    def _crawled(self, known: int) -> float:
        return min(self._limits.pictures_per_host, known + self._pictures)

    def _with_detours(self, requests: float) -> int:
        """With the host's rules, second tries, and redirects from anywhere."""
        if not self._all:
            return 0
        asked = requests + STEPS * RULES
        tries, redirects = asked * (MAX_ATTEMPTS - 1), self._all * MAX_REDIRECTS
        return self._capped(asked + min(STEPS * self._limits.repeats_per_host, tries + redirects))

    def _capped(self, requests: float) -> int:
        return int(min(requests, self._limits.requests_per_run))

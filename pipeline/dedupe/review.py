"""The clusters as a page for people: side by side, the kept one marked, what ties them and how far apart they are, the most
doubtful first. It stands in a file, where forgetting reaches it, loads nothing and runs nothing."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from markupsafe import Markup

from pipeline.dedupe.links import QUOTED
from pipeline.dedupe.near_pictures import MARK, SAME
from pipeline.dedupe.words import JACCARD
from pipeline.errors import StoreError
from pipeline.store import Home, write_atomically
from pipeline.untrusted import page_environment, shown, thumbnail, web_address

TEMPLATES = Path(__file__).resolve().parent / "templates"
CLUSTERS, MEMBERS, EVIDENCE = 150, 8, 8  # shown of all; of a cluster; links of a cluster
EXCERPT = 280  # characters of a passage
LIMITS = {"near_picture": SAME, "mirrored_picture": SAME, "marked_picture": MARK, "near_words": 1 - JACCARD}  # distance at which it ends
MARKED = 0.9  # doubt of a copy with something laid over it, at least: it may be another picture after all
SAID = {
    "ruled_same": "you said so",
    "same_bytes": "the same bytes",
    "same_words": "the same words",
    "platform_key": "one upload, by the platform’s own key",
    "near_picture": "looks the same",
    "mirrored_picture": "looks the same, mirrored",
    "marked_picture": "looks the same, with something laid over it",
    "near_words": "nearly the same words",
    QUOTED: "a passage that stands inside a longer one, not joined",
    "semantic": "the same to the encoder",
}
MEMBERS_SQL = """
    select d.artefact_id, d.canonical_id, a.modality, a.sha256, a.hop, a.url, a.text, a.width, a.height, a.published_at, i.blob_sha256,
           coalesce(nullif(s.title, ''), s.url, '') as source
    from duplicates d join artefacts a using (person, artefact_id) left join sources s on s.person = a.person and s.source_id = a.source_id
    left join pictures p on p.person = a.person and p.artefact_id = a.artefact_id left join images i using (image_url)
    where d.person = ? order by d.artefact_id"""
LINKS_SQL = """
    select a, b, method, distance, cut from duplicate_links
    where person = ? and method not in ('boilerplate', 'quoted') order by all"""
COUNTS_SQL = "select method, count(*) as links from duplicate_links where person = ? and not cut group by method order by method"


def review_path(home: Home, person: str) -> Path:
    """Where the page stands: `reports/<person>/duplicates.html`."""
    return home.reports / person / "duplicates.html"


def write_review(home: Home, person: str) -> Path:
    """Writes the page of the clusters that the tables hold now, and returns where."""
    path = review_path(home, person)
    path.parent.mkdir(parents=True, exist_ok=True)
    page = page_environment(TEMPLATES).get_template("duplicates.html").render(_view(home, person))
    write_atomically(path, page.encode("utf-8", "replace"))
    return path


def _view(home: Home, person: str) -> dict[str, Any]:
    members = {row["artefact_id"]: row for row in home.warehouse.rows(MEMBERS_SQL, person)}
    links = home.warehouse.rows(LINKS_SQL, person)
    followed, cut = defaultdict[str, list[dict[str, Any]]](list), [link for link in links if link["cut"]]
    for link in links:
        if not link["cut"] and link["a"] in members:
            followed[members[link["a"]]["canonical_id"]].append(link)
    clusters = defaultdict[str, list[dict[str, Any]]](list)
    for row in members.values():
        clusters[row["canonical_id"]].append(row)
    doubts = {kept: max(map(doubt, followed[kept]), default=0.0) for kept in clusters}
    ordered = sorted(clusters, key=lambda kept: (-doubts[kept], kept))
    return {
        "person": person,
        "counts": [
            (SAID.get(row["method"], "repeated by a source, set aside"), row["links"]) for row in home.warehouse.rows(COUNTS_SQL, person)
        ],
        "clusters": [_cluster(home, kept, clusters[kept], followed[kept]) for kept in ordered[:CLUSTERS]],
        "in_all": len(clusters),
        "pictures": sum(rows[0]["modality"] == "image" for rows in clusters.values()),
        "cut": [_evidence(link) for link in cut[:CLUSTERS]],
        "cut_left": max(0, len(cut) - CLUSTERS),
    }


def doubt(link: Mapping[str, Any]) -> float:
    """How near a link is to not being one, from 0 (exact) to 1 (at the limit)."""
    near = link["distance"] / LIMITS[link["method"]] if link["method"] in LIMITS else float(link["method"] == "semantic")
    return max(near, MARKED) if link["method"] == "marked_picture" else float(near)


def _cluster(home: Home, kept: str, rows: Sequence[Mapping[str, Any]], links: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """A cluster as the template shows it: each content once, the kept one first."""
    places = defaultdict[str, list[Mapping[str, Any]]](list)
    for row in sorted(rows, key=lambda row: (row["artefact_id"] != kept, row["artefact_id"])):
        places[row["sha256"]].append(row)
    contents = list(places.values())
    ordered = sorted(links, key=lambda link: (-doubt(link), link["a"], link["b"]))
    near = [link for link in ordered if doubt(link) > 0] or ordered
    return {
        "kind": "pictures" if rows[0]["modality"] == "image" else "passages",
        "size": len(rows),
        "why": _evidence(ordered[0]) if ordered else None,
        "members": [_member(home, places, place == 0) for place, places in enumerate(contents[:MEMBERS])],
        "members_left": max(0, len(contents) - MEMBERS),
        "links": [_evidence(link) for link in near[:EVIDENCE]],
        "links_left": max(0, len(near) - EVIDENCE),
    }


def _member(home: Home, places: Sequence[Mapping[str, Any]], is_kept: bool) -> dict[str, Any]:
    row = places[0]
    address = web_address(row["url"])
    data = _thumbnail(home, row["blob_sha256"]) if row["blob_sha256"] else None
    return {
        "id": row["artefact_id"],
        "kept": is_kept,
        "data": Markup(data) if data else None,  # noqa: S704 - base64 of a JPEG made here
        "is_picture": row["modality"] == "image",
        "text": shown(row["text"] or "", EXCERPT),
        "size": f"{row['width']} × {row['height']}" if row["width"] else "",
        "date": f"{row['published_at']:%Y-%m-%d}" if row["published_at"] else "",
        "whose": "your own" if row["hop"] == 0 else f"hop {row['hop']}",
        "source": shown(row["source"], 60),
        "address": address,
        "host": shown(urlsplit(address).hostname or "", 50) if address else None,
        "more_places": len(places) - 1,
    }


def _evidence(link: Mapping[str, Any]) -> dict[str, Any]:
    limit = LIMITS.get(link["method"])
    return {
        "a": link["a"],
        "b": link["b"],
        "said": SAID[link["method"]],
        "distance": f"distance {link['distance']:.3f}, limit {limit:.2f}" if limit else f"distance {link['distance']:.3f}",
    }


def _thumbnail(home: Home, blob_sha256: str) -> str | None:
    try:
        return thumbnail(home.blobs.get(blob_sha256))
    except StoreError:
        return None

"""The replica's truth about pairs, held against a warehouse: recall by kind, precision, and whose neighbour the heaviest pair is.

Beside the scorer of the replica itself, which gives recall alone.
"""

import importlib.util
import json
from collections import Counter, defaultdict
from itertools import combinations
from pathlib import Path


class PairTruth:
    """One person's pairs and what is true of them. Pictures go by their cluster, documents by their address, cross-posts as originals."""

    def __init__(self, neighbourhood: Path, home: Path, person: str) -> None:
        spec = importlib.util.spec_from_file_location("score", neighbourhood / "score.py")
        self.score = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(self.score)
        truth = json.loads((neighbourhood / "truth.json").read_text(encoding="utf-8"))
        store = self.score.Warehouse(home / "warehouse.duckdb", person)
        self.person = person
        self.known = truth["people"][person]
        self.artefacts = {row["artefact_id"]: row for row in store.tables["artefacts"]}
        self.pairs = store.tables["pairs"]
        self.boilerplate = {row[end] for row in store.tables["duplicate_links"] if row["method"] == "boilerplate" for end in ("a", "b")}
        self._same = {m["sha256"]: cluster[0]["sha256"] for cluster in truth["duplicates"]["image_clusters"] for m in cluster}
        copies = truth["duplicates"]["text_clusters"]
        self._original = {self.score.canonical(pair["copy"]): self.score.canonical(pair["original"]) for pair in copies}
        self.paid = {self.score.canonical(post["url"]) for post in self.known["posts"] if post["audience"] != "everyone"}

    def picture(self, sha256: str) -> str:
        """The name of a picture's cluster."""
        return self._same.get(sha256, sha256)

    def document(self, url: str) -> str:
        """The name of a document."""
        plain = self.score.canonical(url)
        return self._original.get(plain, plain)

    def recall(self) -> tuple[dict[str, tuple[int, int]], int]:
        """Kind and hop -> (gold pairs held as pairs of that kind, gold pairs that the rules let anyone hold); and how many those leave out.

        Not held by rule: what stands in others' paid posts, of which metadata alone is kept, and passages that are boilerplate.
        """
        texts = defaultdict(list)
        for pair in self.pairs:
            image, text = self.artefacts[pair["image_id"]], self.artefacts[pair["text_id"]]
            texts[pair["kind"], self.picture(image["sha256"])].append(self.score.shingles(text["text"]))
        repeated = [self.score.shingles(self.artefacts[name]["text"]) for name in self.boilerplate if self.artefacts[name]["text"]]
        found, excluded = defaultdict(Counter), 0
        for gold in self.known["gold_pairs"]:
            words = self.score.shingles(gold["passage"])
            hit = any(words & text for text in texts[gold["kind"], self.picture(gold["image_sha256"])])
            by_rule = gold["hop"] > 0 and self.score.canonical(gold["url"]) in self.paid
            if hit or not (by_rule or any(words & run for run in repeated)):
                found[f"{gold['kind']}, hop {gold['hop']}"][hit] += 1
            else:
                excluded += 1
        return {name: (count[True], count.total()) for name, count in found.items()}, excluded

    def precision(self) -> dict[str, tuple[int, int]]:
        """Kind and hop -> (pairs of picture and document that are true, all that are held); the person's own paid posts and notes
        aside, of which the truth knows no pictures."""
        true = set()
        for item in [*self.known["posts"], *self.known["pages"]]:
            true |= {(self.picture(image["sha256"]), self.document(item["url"])) for image in item["images"]}
        true |= {(self.picture(pin["image"]["sha256"]), self.document(pin["page"])) for pin in self.known["pins"] if pin["page"]}
        held = defaultdict(set)
        for pair in self.pairs:
            text, image = self.artefacts[pair["text_id"]], self.artefacts[pair["image_id"]]
            if pair["kind"] in ("inline", "link") and self.score.canonical(text["url"]) not in self.paid and "/api/v1/" not in text["url"]:
                held[f"{pair['kind']}, hop {pair['hop']}"].add((self.picture(image["sha256"]), self.document(text["url"])))
        return {name: (len(found & true), len(found)) for name, found in held.items()}

    def heaviest(self) -> tuple[int, int]:
        """(pictures in documents whose heaviest passage stands next to them, pictures in documents)."""
        near = defaultdict(set)
        for item in [*self.known["posts"], *self.known["pages"]]:
            for image in item["images"]:
                for words in (image["before"], image["after"]):
                    near[self.picture(image["sha256"]), self.score.canonical(item["url"])] |= self.score.shingles(words)
        best = {}
        for pair in sorted(self.pairs, key=lambda pair: (-pair["weight"], pair["pair_id"])):
            text, image = self.artefacts[pair["text_id"]], self.artefacts[pair["image_id"]]
            place = self.picture(image["sha256"]), self.score.canonical(text["url"])
            if pair["kind"] == "inline" and near[place]:
                best.setdefault(place, text["text"])
        return sum(bool(near[place] & self.score.shingles(text)) for place, text in best.items()), len(best)


class TextTruth:
    """What is true of one person's texts: who printed what twice, who quotes whom, and what only begins alike."""

    def __init__(self, neighbourhood: Path, home: Path, person: str) -> None:
        pairs = PairTruth(neighbourhood, home, person)
        self.canonical, self.artefacts = pairs.score.canonical, pairs.artefacts
        self.truth = json.loads((neighbourhood / "truth.json").read_text(encoding="utf-8"))["duplicates"]
        store = pairs.score.Warehouse(home / "warehouse.duckdb", person)
        self.clusters = defaultdict(set)  # cluster -> the addresses that it joins
        for row in store.tables["duplicates"]:
            artefact = self.artefacts.get(row["artefact_id"])
            if artefact and artefact["modality"] == "text":
                self.clusters[row["canonical_id"]].add(self.canonical(artefact["url"]))
        texts = [row for row in self.artefacts.values() if row["modality"] == "text"]
        self.read = Counter(self.canonical(row["url"]) for row in texts)
        self.joined = {frozenset(pair) for urls in self.clusters.values() for pair in combinations(sorted(urls), 2)}

    def copies_missed(self) -> tuple[list[tuple[str, str]], int]:
        """(posts printed twice of which no passage is a duplicate, posts printed twice that are held on both sides)."""
        copies = [tuple(map(self.canonical, (row["original"], row["copy"]))) for row in self.truth["text_clusters"]]
        held = [pair for pair in copies if all(self.read[url] for url in pair)]
        return [pair for pair in held if frozenset(pair) not in self.joined], len(held)

    def precision(self) -> tuple[int, int]:
        """(clusters across hosts in which some two posts are a known copy or quotation, clusters across hosts); within a host a
        publication repeats itself, of which the truth says nothing."""
        across = [name for name, urls in self.clusters.items() if len({url.split("/")[0] for url in urls}) > 1]
        known = {frozenset(map(self.canonical, (row["original"], row["copy"]))) for row in self.truth["text_clusters"]}
        known |= {frozenset(map(self.canonical, (row["original"], row["copy"]))) for row in self.truth["text_quotes"]}
        return sum(self._explained(self.clusters[name], known) for name in across), len(across)

    def _explained(self, urls: set[str], known: set[frozenset[str]]) -> bool:
        return any(frozenset(pair) in known for pair in combinations(sorted(urls), 2))

    def look_alikes_joined(self) -> tuple[list[list[str]], int]:
        """(letters of the same greeting that share a duplicate, pairs of such letters that are held)."""
        pairs = [list(map(self.canonical, row["urls"])) for row in self.truth["text_lookalikes"]]
        held = [pair for pair in pairs if all(self.read[url] for url in pair)]
        return [pair for pair in held if frozenset(pair) in self.joined], len(held)

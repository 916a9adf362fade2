"""The replica's truth about pairs, held against a warehouse: recall by kind, precision, and whose neighbour the heaviest pair is.

Beside the scorer of the replica itself, which gives recall alone.
"""

import importlib.util
import json
from collections import Counter, defaultdict
from pathlib import Path


class PairTruth:
    """One person's pairs and what is true of them. Pictures go by their cluster, documents by their address, cross-posts as originals."""

    def __init__(self, neighbourhood: Path, home: Path, person: str) -> None:
        spec = importlib.util.spec_from_file_location("score", neighbourhood / "score.py")
        self.score = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(self.score)
        truth = json.loads((neighbourhood / "truth.json").read_text(encoding="utf-8"))
        store = self.score.Warehouse(home / "warehouse.duckdb", person)
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

    def recall(self) -> dict[str, tuple[int, int]]:
        """Kind and hop -> (gold pairs held, gold pairs that the rules let anyone hold).

        Not held by rule: what stands in others' paid posts, of which metadata alone is kept, and passages that are boilerplate.
        """
        texts = defaultdict(list)
        for pair in self.pairs:
            texts[self.picture(self.artefacts[pair["image_id"]]["sha256"])].append(self.artefacts[pair["text_id"]]["text"])
        repeated = [self.score.shingles(self.artefacts[name]["text"]) for name in self.boilerplate if self.artefacts[name]["text"]]
        found = defaultdict(Counter)
        for gold in self.known["gold_pairs"]:
            words = self.score.shingles(gold["passage"])
            hit = any(words & self.score.shingles(text) for text in texts[self.picture(gold["image_sha256"])])
            by_rule = gold["hop"] > 0 and self.score.canonical(gold["url"]) in self.paid
            if hit or not (by_rule or any(words & run for run in repeated)):
                found[f"{gold['kind']}, hop {gold['hop']}"][hit] += 1
        return {name: (count[True], count.total()) for name, count in found.items()}

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
